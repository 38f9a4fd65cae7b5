extension StatusPage {
  /// Light and dark, screen, phone and paper. Every pair of colours has a contrast of at least 4.5 : 1 (WCAG 1.4.3).
  static let style = """
    :root{color-scheme:light dark;--page:#fff;--text:#1b1f24;--soft:#57606a;--line:#d0d7de;--stripe:#f6f8fa;
    --ok:#116329;--okb:#e6f4ea;--busy:#0a4f9e;--busyb:#e7f0fb;--wait:#7a4a00;--waitb:#fff4d6;--bad:#a40e26;--badb:#ffebe9}
    @media (prefers-color-scheme:dark){:root{--page:#15191e;--text:#e6edf3;--soft:#a5b0bb;--line:#3b444d;--stripe:#1c2229;
    --ok:#7ee29a;--okb:#12301c;--busy:#8fc1ff;--busyb:#12283f;--wait:#f2c568;--waitb:#33270c;--bad:#ffa198;--badb:#3f1518}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,"Segoe UI",Helvetica,Arial,sans-serif}
    main{max-width:62rem;margin:0 auto;padding:1.5rem 1.25rem 3rem}
    h1{font-size:1.4rem;line-height:1.25;margin:0 0 1rem;overflow-wrap:anywhere}
    h2{font-size:1.1rem;margin:2rem 0 .5rem}
    p{margin:.25rem 0}
    .verdict{display:flex;gap:1rem;align-items:flex-start;padding:1rem 1.25rem;border:1px solid;border-left-width:.5rem;
    border-radius:.5rem}
    .verdict .mark{font-size:1.75rem;line-height:1.2;font-weight:700;min-width:1.5rem;text-align:center}
    .verdict .head{font-size:1.2rem;font-weight:700;line-height:1.3}
    .verdict p:not(.head){color:var(--text)}
    .ok{color:var(--ok);background:var(--okb)}.busy{color:var(--busy);background:var(--busyb)}
    .waiting{color:var(--wait);background:var(--waitb)}.blocked{color:var(--bad);background:var(--badb)}
    .trouble{margin-top:.75rem;color:var(--wait)}
    table{width:100%;border-collapse:collapse;font-size:.9375rem;margin:.5rem 0}
    caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
    th,td{text-align:left;vertical-align:top;padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line)}
    thead th{font-weight:600;color:var(--soft);white-space:nowrap}
    tbody th{font-weight:600;overflow-wrap:anywhere;min-width:12rem}
    td:nth-child(4){min-width:8.5rem}td:nth-child(2),td:nth-child(3){white-space:nowrap;font-variant-numeric:tabular-nums}
    code{font:.875rem ui-monospace,Consolas,"Liberation Mono",monospace}
    footer{margin-top:2.5rem;padding-top:.75rem;border-top:1px solid var(--line);color:var(--soft);font-size:.875rem}
    @media (max-width:40rem){main{padding:1rem}
    thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
    table,tbody,tr,th,td{display:block}tbody tr{padding:.6rem 0;border-bottom:1px solid var(--line)}
    tbody th,tbody td{border:0;padding:.1rem 0;min-width:0}
    tbody td{display:flex;gap:.75rem}tbody td::before{content:attr(data-label);color:var(--soft);flex:0 0 6.5rem}
    td:nth-child(n){white-space:normal;min-width:0}}
    @media print{:root{--page:#fff;--text:#000;--soft:#444;--line:#999;--ok:#116329;--okb:#fff;--busy:#0a4f9e;--busyb:#fff;
    --wait:#7a4a00;--waitb:#fff;--bad:#a40e26;--badb:#fff}
    main{max-width:none;padding:0}.screen{display:none}tr{break-inside:avoid}}
    """
}
