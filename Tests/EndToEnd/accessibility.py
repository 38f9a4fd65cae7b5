"""Checks an HTML page against rules of WCAG 2.1 that a program can judge; the number of the rule with each."""

import html.parser
import re

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.stack, self.elements, self.text = [], [], [], {}

    def handle_starttag(self, tag, attributes):
        element = {"tag": tag, "attributes": dict(attributes), "parents": list(self.stack), "text": ""}
        self.elements.append(element)
        if tag not in VOID:
            self.stack.append(element)

    def handle_endtag(self, tag):
        if not self.stack or self.stack[-1]["tag"] != tag:
            self.found.append(f"4.1.1: </{tag}> closes nothing")
        elif self.stack:
            self.stack.pop()

    def handle_data(self, data):
        for element in self.stack:
            element["text"] += data

    def all(self, tag):
        return [e for e in self.elements if e["tag"] == tag]


def luminance(colour):
    value = colour.lstrip("#")
    value = "".join(c * 2 for c in value) if len(value) == 3 else value
    channels = [int(value[i:i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def contrasts(style):
    """Every pair of text and background in each of the page's themes."""
    found, themes = [], re.findall(r":root\{([^}]*)\}", style)
    if len(themes) != 3:
        return ["1.4.3: expected a light, a dark and a printed theme"]
    for number, theme in enumerate(themes):
        colours = dict(re.findall(r"--([a-z]+):(#[0-9a-fA-F]+)", theme))
        pairs = [("text", "page"), ("soft", "page"), ("wait", "page")]
        pairs += [(a, b) for n in ("ok", "busy", "wait", "bad") for a, b in ((n, n + "b"), ("text", n + "b"))]
        for text, background in pairs:
            ratio = contrast(colours[text], colours[background])
            if ratio < 4.5:
                found.append(f"1.4.3: theme {number}: {text} on {background} has {ratio:.2f}")
    return found


def problems(document):
    """What is wrong with a page, nothing for a good one."""
    page = Page()
    page.feed(document)
    found = page.found + [f"4.1.1: <{e['tag']}> is not closed" for e in page.stack]

    def need(condition, rule):
        if not condition:
            found.append(rule)

    need(document.startswith("<!DOCTYPE html>"), "4.1.1: no doctype")
    need([e["attributes"].get("lang") for e in page.all("html")] in (["en"], ["it"]), "3.1.1: no language")
    need(len(page.all("title")) == 1 and page.all("title")[0]["text"].strip(), "2.4.2: no title")
    need(len(page.all("main")) == 1, "1.3.1: not one main")
    need(any(e["attributes"].get("name") == "viewport" and "user-scalable" not in e["attributes"]["content"]
             for e in page.all("meta")), "1.4.10: no viewport, or one that cannot be enlarged")
    need(not any(e["attributes"].get("http-equiv", "").lower() == "refresh" for e in page.all("meta")), "2.2.1: refresh")
    levels = [int(e["tag"][1]) for e in page.elements if re.fullmatch("h[1-6]", e["tag"])]
    need(levels[:1] == [1] and levels.count(1) == 1, "1.3.1: not one h1 first")
    need(all(after - before <= 1 for before, after in zip(levels, levels[1:])), "1.3.1: a level of headings is left out")
    need(all(e["text"].strip() for e in page.elements if re.fullmatch("h[1-6]", e["tag"])), "2.4.6: an empty heading")
    identifiers = [e["attributes"]["id"] for e in page.elements if "id" in e["attributes"]]
    need(len(identifiers) == len(set(identifiers)), "4.1.1: an id twice")
    for element in page.elements:
        label = element["attributes"].get("aria-labelledby")
        need(label is None or label in identifiers, f"1.3.1: nothing has the id {label}")
        need(not any(name.startswith("on") for name in element["attributes"]), "a script in an attribute")
    for table in page.all("table"):
        inside = [e for e in page.elements if table in e["parents"]]
        need(any(e["tag"] == "caption" and e["text"].strip() for e in inside), "1.3.1: a table without a caption")
        need(all(e["attributes"].get("scope") in ("col", "row") for e in inside if e["tag"] == "th"), "1.3.1: th without scope")
        widths = {sum(1 for c in inside if c["parents"][-1] is row and c["tag"] in ("td", "th"))
                  for row in inside if row["tag"] == "tr"}
        need(len(widths) == 1, "1.3.1: rows of different lengths")
        need(all(e["attributes"].get("data-label") for e in inside if e["tag"] == "td"), "1.3.1: a cell without its label")
    for element in page.elements:
        if element["attributes"].get("aria-hidden") == "true":
            need(element["parents"][-1]["text"].replace(element["text"], "").strip() or len(element["parents"]) > 1,
                 "1.4.1: only a mark tells")
    need(not re.search(r"(?:\bsrc=|href=|url\(|@import)", document.split("<body>")[0]),
         "something from outside")
    need(not page.all("script") and not page.all("img") and not page.all("link"), "something from outside")
    return found + contrasts(document)
