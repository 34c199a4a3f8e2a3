"""What runs and is connected when the acquisition is made."""

from __future__ import annotations

from bridle.phantom.android.story import Contact, Process, Story


def ps(story: Story) -> str:
    """Every process, and of apps two threads."""
    lines = [
        (
            f"{'LABEL':<46}{'USER':<12}{'PID':>6}{'TID':>6}{'PPID':>6}{'VSZ':>8}{'RSS':>7} WCHAN            ADDR"
            " S PRI  NI RTPRIO SCH PCY     TIME CMD            "
        )
    ]
    for p in sorted(story.processes, key=lambda p: p.pid):
        lines.append(_row(p, p.pid, p.name))
        if p.package is not None:
            lines.append(_row(p, p.pid + 1, "RenderThread"))
    return "\n".join(lines) + "\n"


def _row(p: Process, tid: int, name: str) -> str:
    return (
        f"{p.label:<46}{p.user:<12}{p.pid:>6}{tid:>6}{p.parent:>6}{51308:>8}{6620:>7} {'do_epoll_wait':<16}    0 S"
        f"  19   0      -   0  fg 00:00:02 {name}"
    )


def sockets(story: Story) -> str:
    """`ss` of a bugreport: connections of the last quarter of an hour, and those of what runs."""
    uids = {a.name: a.uid for a in story.apps}
    rows = ["Netid  State      Recv-Q Send-Q Local Address:Port               Peer Address:Port              "]
    for n, (contact, process) in enumerate(connected(story)):
        rows.append(
            f"tcp    ESTAB      0      0      192.0.2.7%wlan0:{43210 + n}    {contact.address}:{contact.port}"
            f"     timer:(keepalive,9min,0) uid:{uids[contact.package]} ino:{4567 + n} sk:{n + 1} <->"
            f' users:(("{process.name[-15:]}",pid={process.pid},fd=88))'
        )
    return "\n".join(rows) + "\n"


def connected(story: Story) -> list[tuple[Contact, Process]]:
    """The last contact of each app that runs."""
    last: dict[str, Contact] = {}
    for contact in sorted(story.contacts, key=lambda c: c.time):
        last[contact.package] = contact
    running = {p.package: p for p in story.processes if p.package is not None}
    return [(c, running[name]) for name, c in sorted(last.items()) if name in running]
