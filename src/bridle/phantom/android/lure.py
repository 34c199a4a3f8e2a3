"""Messages with a link of the operator, and the page that was opened."""

from __future__ import annotations

from datetime import datetime, timedelta

from bridle.phantom.android.operators import operator
from bridle.phantom.android.ordinary import chance
from bridle.phantom.android.phone import Phone
from bridle.phantom.android.story import Contact, Line, Message, Opened, Planted, Story, minutes
from bridle.phantom.attack import LURES

BROWSER, _BROWSER_UID = "com.android.chrome", 10065
_ACTIVITY = "org.chromium.chrome.browser.ChromeTabbedActivity"


def lured(phone: Phone) -> Story:
    """An SMS, an MMS a day later, and a visit within minutes of the second."""
    by, random = operator(phone.life.attacker), chance(phone, "lure")
    number = f"+447700900{random.randrange(800, 900)}"
    url = f"https://{by.lure}/{random.randrange(16**6):06x}"
    second = visited(phone) - timedelta(minutes=3, seconds=random.randrange(50))
    first, visit = second - timedelta(hours=23, minutes=random.randrange(50)), visited(phone)
    opened = (
        f"START u0 {{act=android.intent.action.VIEW dat={url} flg=0x10000000 cmp={BROWSER}/{_ACTIVITY}}} from uid 10063"
    )
    both, kept = ("bugreport", "androidqf"), ("androidqf", "adb-backup")
    made: list[tuple[datetime, str, str, tuple[str, ...]]] = [
        (first, "android.sms_backup.sms", f"SMS with the link {url}", kept),
        (second, "android.sms_backup.mms", f"MMS with the link {url}", kept),
        (visit, "android.intrusion_log.dns_event", "the browser looks the link's host up", ("androidqf",)),
        (visit, "android.activity.recent_task", "the page is among the recent tasks", both),
    ]
    if visit > phone.boot:
        made.append((visit, "android.logcat.entry", "the browser is asked to open the link", both))
    return Story(
        messages=(
            Message(time=first, number=number, text=LURES[0].format(url)),
            Message(time=second, number=number, text=LURES[1].format(url), attachment="notice.png"),
        ),
        contacts=(Contact(time=visit, package=BROWSER, host=by.lure, address="192.0.2.66"),),
        opened=(Opened(time=visit, package=BROWSER, uid=_BROWSER_UID, cls=_ACTIVITY, url=url),),
        lines=(Line(time=visit, tag="ActivityTaskManager", text=opened),),
        traces=tuple(
            Planted(time=t, stage="targeting", table=w, value=by.lure, description=d, kinds=k) for t, w, d, k in made
        ),
    )


def visited(phone: Phone) -> datetime:
    """When the link was opened."""
    return phone.midnight - minutes(90)
