"""Text that is made to keep the readers of feeds busy: each is told from its first lines and read in linear time."""

import bounded

TEXTS = {
    "newlines.txt": r'"\n" * 2_000_000 + "x"',
    "blanks.txt": r'" " * 2_000_000 + "x"',
    "rule.rules": """'alert dns a any -> b any (' + 'content:"a";' * 100_000 + ')'""",
    "arrows.rules": """'alert dns ' + ' -> ' * 500_000 + '(a)'""",
    "names.rules": """'alert dns a any -> b any (' + 'a' * 60_000 + ')'""",
    "colons.rules": """'alert dns a any -> b any (' + 'a:' * 30_000 + ')'""",
    "quotes.rules": """'alert dns a any -> b any (' + 'a:"' * 20_000 + ')'""",
    "hex.rules": """'alert dns a any -> b any (content:"' + '|a' * 20_000 + '";)'""",
    "joined.rules": r"""'alert dns a any -> b any (\\\n' * 200_000""",
    "zone.rpz": r"""'$TTL 60\n' + 'a SOA ' * 300_000""",
    "open.rpz": r"""'$TTL 60\n' + '(' * 1_000_000""",
    "hosts": r"""'0.0.0.0 ' + 'a.example ' * 300_000""",
    "dots.txt": """'a.' * 1_000_000 + 'example'""",
    "marks.txt": r"""('[.' * 4_000 + '\n') * 300""",
    "slashes.txt": r"""('a.example/' * 800 + '\n') * 300""",
    "base64.lst": r"""('QUFB' * 500_000) + '\n'""",
    "rule_yara.txt": r"""'private ' * 500_000 + 'rule a {'""",
    "comments.txt": r"""'# Reference: a\n' * 300_000""",
    "event.json": """'{"Event": {"Attribute": [' + ','.join(['{"type": "domain", "value": 7}'] * 300_000) + ']}}'""",
    "deep.json": """'{"response": [' * 100_000""",
    "lines.json": r"""'{"type": "domain"}\n' * 300_000""",
    "keys.json": """'[' + ','.join('{"k%d": 1}' % n for n in range(200_000)) + ']'""",
    "header.csv": """'domain,' * 300_000""",
    "comment.csv": r"""'# domain, ip\n' * 300_000""",
}


def test_every_form_in_bounded_time_and_memory(tmp_path):
    made = "\n".join(
        f"(folder / {name!r}).write_text({text}); load([folder / {name!r}]); lint(folder / {name!r})"
        for name, text in TEXTS.items()
    )
    code = f"""
from pathlib import Path
from bridle.indicators import lint, load
folder = Path({str(tmp_path)!r})
{made}
print("read")
"""
    assert bounded.run(code, seconds=180).strip() == "read"
