"""Fault scripts: which request gets which fault."""

import random
import re
from dataclasses import asdict, dataclass, field

from .messages import Answer, ServiceError


@dataclass
class Rule:
    """The requests that it means, and what becomes of them.

    Of the requests of `operation` (names joined by `|`, `*` for all) whose key matches `key` (a regular expression,
    searched), those from the `first` on, every `every`-th, at most `times` of them (None: without end), each with
    probability `chance`.
    """

    operation: str = "*"
    key: str = ""
    first: int = 1
    every: int = 1
    times: int | None = 1
    chance: float = 1.0
    #: So many of them are here before the first is answered.
    together: int = 1
    #: Seconds before anything is done.
    delay: float = 0
    #: Bytes of the body that are read before `end` comes true.
    read: int | None = None
    #: Whether the effect takes place; by default only where the true answer is sent.
    commit: bool | None = None
    #: Answer in place of the true one: an error of the service, or a body as it stands.
    status: int | None = None
    code: str | None = None
    message: str = ""
    fields: dict = field(default_factory=dict)
    body: str | None = None
    #: Added to the answer, whichever it is; None takes a header away.
    headers: dict = field(default_factory=dict)
    #: "answer", "close" (no answer), "reset", "half" (of the answer, then close), "hang", "drip" (a byte a second),
    #: "spaces" (white space for `delay` seconds after the head, then the body), "last" (the answer, then close).
    end: str = "answer"
    #: Seconds between two blanks of "spaces". AWS names no figure; MinIO (cmd/object-multipart-handlers.go) and OpenStack
    #: Swift (slo, `yield_frequency`) send one every 10 s.
    blank: float = 10

    def replaces(self):
        return self.status is not None or self.code is not None or self.body is not None

    def commits(self):
        silent = self.end in ("close", "reset", "hang") or self.read is not None
        return self.commit if self.commit is not None else not self.replaces() and not silent

    def answer(self, service):
        """The answer in place of the true one."""
        if self.body is not None:
            return Answer(self.status or 200, {"Content-Type": "application/xml"}, self.body.encode())
        status = self.status or 500
        return ServiceError(status, self.code or "InternalError", self.message, fields=self.fields).answer(service)

    def to_json(self):
        return asdict(self)


class Script:
    """The rules in force, the first that fits wins."""

    def __init__(self, rules=(), seed=0):
        self.rules = [[rule, re.compile(rule.key), rule.operation.split("|"), 0, 0] for rule in rules]
        self.random = random.Random(seed)
        self.held = []

    def match(self, operation, key):
        for entry in self.rules:
            rule, pattern, operations, seen, played = entry
            if operations != ["*"] and operation not in operations:
                continue
            if rule.key and not pattern.search(key or ""):
                continue
            entry[3] = seen = seen + 1
            if seen < rule.first or (seen - rule.first) % rule.every or (rule.times is not None and played >= rule.times):
                continue
            if rule.chance < 1 and self.random.random() >= rule.chance:
                continue
            entry[4] += 1
            return rule
        return None

    def gather(self, rule, go):
        """Calls `go` once as many requests are here as the rule wants together, after those that came before."""
        self.held.append(go)
        if max((entry[4] for entry in self.rules if entry[0] is rule), default=rule.together) >= rule.together:
            held, self.held = self.held, []
            for go in held:
                go()

    def played(self):
        return [entry[4] for entry in self.rules]
