"""`metrics.prom` as Prometheus and node_exporter read it, and what is made of its names."""

import json
import re

from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from conftest import ROOT
from expectations import wait_for_records
from test_delivery import write

MONITORING = ROOT / "packaging/monitoring"
# node_exporter's parser refuses a file with any other type.
TYPES = {"counter", "gauge", "histogram"}


def metrics(daemon):
    """The samples by name and labels, read by the strict parser; the text first by that of node_exporter's format."""
    text = (daemon.state / "metrics.prom").read_text()
    assert text.endswith("# EOF\n")
    assert list(parse_text(text))
    families = list(parse_openmetrics(text))
    assert {family.type for family in families} == TYPES
    assert all(family.documentation for family in families)
    return {(s.name, *sorted(s.labels.items())): s.value for family in families for s in family.samples}


def test_deliveries_failures_and_latencies_are_counted(daemon, aws, folder):
    aws.permit("s3:PutObject")
    daemon.start_scanned()
    write(folder, {b"a.txt": b"12345", b"b.txt": b"678"})
    daemon.wait_for_status("BLOCKED", "2 pending")
    name = ("folder", folder.name)
    daemon.wait_for(lambda: metrics(daemon)["s3loggerd_verdict", ("verdict", "blocked")] == 1, 20, "the verdict")
    blocked = metrics(daemon)
    assert blocked["s3loggerd_service_state", ("service", "dynamodb"), ("state", "blocked")] == 1
    assert blocked["s3loggerd_pending_deliveries", name] == 2
    daemon.wait_for(lambda: metrics(daemon)["s3loggerd_oldest_pending_age_seconds", name] >= 1, 20, "an age")
    aws.permit_all()
    daemon.command("queue", "retry", "--all")
    wait_for_records(aws, folder, 2, daemon=daemon)
    daemon.wait_for_status("OK", "0 pending")
    daemon.wait_for(lambda: metrics(daemon)["s3loggerd_deliveries_total", name] == 2, 20, "two deliveries")
    done = metrics(daemon)
    assert done["s3loggerd_delivered_bytes_total", name] == 8
    assert done["s3loggerd_failures_total", ("class", "blocked"), ("service", "dynamodb")] >= 1
    assert done["s3loggerd_pending_deliveries", name] == done["s3loggerd_oldest_pending_age_seconds", name] == 0
    stages = {stage: {k[1]: v for k, v in done.items() if k[0].endswith("_bucket") and ("stage", stage) in k}
              for stage in ("upload", "record", "total")}
    for stage, buckets in stages.items():
        assert done["s3loggerd_delivery_latency_seconds_count", ("stage", stage)] == 2
        assert buckets["le", "+Inf"] == 2 and len(buckets) == 15
    sums = {stage: done["s3loggerd_delivery_latency_seconds_sum", ("stage", stage)] for stage in stages}
    assert abs(sums["upload"] + sums["record"] - sums["total"]) < 0.01
    assert sums["record"] > 1, "the record waited while the table was refused"
    daemon.stop()
    assert metrics(daemon)["s3loggerd_running",] == 0


def test_alert_rules_and_dashboard_use_only_metrics_that_exist(daemon):
    daemon.start()
    daemon.wait_for(lambda: (daemon.state / "metrics.prom").exists(), 20, "metrics.prom")
    daemon.kill()
    daemon.start()
    daemon.wait_for(lambda: "last_unclean_exit" in (daemon.state / "metrics.prom").read_text(), 20, "the mark of the kill")
    families = parse_openmetrics((daemon.state / "metrics.prom").read_text())
    known = {family.name + suffix for family in families for suffix in
             {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_sum", "_count"]}[family.type]}
    alerts = (MONITORING / "alerts.yml").read_text()
    dashboard = json.loads((MONITORING / "grafana.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    expressions += re.findall(r"^ +expr: (.*)$", alerts, re.M)
    used = {name for expression in expressions for name in re.findall(r"\bs3loggerd_\w+", expression)}
    assert len(used) > 10 and not used - known, used - known
