"""What this package says of records and tensors that it cannot use."""


class RecordError(ValueError):
    """A sentence that says what is wrong, where, and where it helps what to do."""


def shown(value: object) -> str:
    """Untrusted text in quotes on one line, cut where it is long."""
    text = str(value)
    if len(text) > 200:
        text = text[:200] + "…"
    return '"' + "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in text) + '"'
