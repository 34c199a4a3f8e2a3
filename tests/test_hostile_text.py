"""Lines made to keep a pattern busy: each of these took minutes before it was bounded."""

from __future__ import annotations

from bounded import run


def test_blanks_in_a_process_of_log_statistics() -> None:
    count = run("""
        line = b"  - [ 1, 2," + b" " * 15_000 + b"x" + b" " * 1_000 + b"\\n"
        print(len(parsed("ios.log_statistics", b"--- !logd statistics record\\n" + line * 20)))
        """)
    assert count == "21"


def test_blanks_in_a_line_of_mounts() -> None:
    count = run("""
        line = b"x (" + b"\\t+1B%" * 2 + b"\\t" * 15_000 + b" \\n"
        head = b"Filesystem 512-blocks Used Available Capacity Mounted on\\n"
        print(len(parsed("ios.mounts", head + (line[:-2] + b"!\\n") * 1_500)))
        """)
    assert count == "1500"


def test_blanks_in_a_call_of_a_report() -> None:
    count = run("""
        from bridle.formats import ips, ips_text
        lines = "Thread 0 Crashed:\\n" + "0 a=" + "\\t" * 20_000_000 + "!\\n\\n"
        print(len(list(ips_text.calls(ips.Report({}, None, lines, 1)))))
        """)
    assert count == "1"


def test_paths_that_fit_a_glob_in_many_ways() -> None:
    """The path of a member of an archive is looked up outside the sandbox."""
    found = run("""
        for end in ("_" * 3_900, "WebKit/" * 550 + "!", "IndexedDB/_" * 350):
            for middle in ("IndexedDB/", "WebSQL/", "MediaKeys/"):
                for _ in range(20):
                    assert not artifacts.for_path("/private/var/WebKit/" + middle + end)
        print(artifacts.for_path("/private/var/a/WebKit/b/IndexedDB/v1/https_example.org_0/" + "_" * 99))
        """)
    assert found == "('ios.webkit_storage',)"
