"""Reads the Prometheus text of lsmkvd."""

import re

SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


class Metrics:
    """One scrape."""

    def __init__(self, server):
        self.text = server.metric_text()
        self.types = dict(re.findall(r"(?m)^# TYPE (\S+) (\S+)$", self.text))
        self.help = dict(re.findall(r"(?m)^# HELP (\S+) (.+)$", self.text))
        self.samples = {}
        for line in self.text.splitlines():
            if not line or line.startswith("#"):
                continue
            match = SAMPLE.fullmatch(line)
            if match is None:
                raise AssertionError(f"not a sample: {line!r}")
            labels = frozenset(LABEL.findall(match[2] or ""))
            self.samples[(match[1], labels)] = float(match[3])

    def get(self, name, **labels):
        return self.samples[(name, frozenset(labels.items()))]

    def total(self, name, **labels):
        """The sum over what has at least these labels."""
        return sum(value for (found, has), value in self.samples.items()
                   if found == name and has >= set(labels.items()))

    def names(self):
        return {name for name, _ in self.samples}
