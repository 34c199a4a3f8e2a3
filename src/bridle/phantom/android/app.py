"""An APK alone: a harmless app, one that holds the operator's link, or the implant."""

from __future__ import annotations

from pathlib import Path

from bridle.phantom.android import implant
from bridle.phantom.android.operators import operator
from bridle.phantom.android.phone import Phone
from bridle.phantom.android.story import Planted


def write(phone: Phone, state: str, out: Path) -> None:
    """Write it to the new file `out`."""
    by = operator(phone.life.attacker)
    if state == "infected":
        made = implant.apk(by.package, by.server)
    else:
        made = implant.harmless(*([link(by.lure)] if state == "targeted" else []))
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("xb") as file:
        file.write(made)


def link(host: str) -> str:
    """What the app of a targeted phone would load."""
    return f"https://{host}/app"


def traces(phone: Phone, state: str) -> tuple[Planted, ...]:
    """What is planted in it, as if it were found when the phone was examined."""
    by = operator(phone.life.attacker)
    targeted = (("targeting", "android.apk.dex_string", link(by.lure), "the app holds a link of the operator"),)
    infected = (
        ("installation", "android.apk.app", by.package, "the implant"),
        ("installation", "android.apk.app", by.apk_sha256, "a file that the feed names"),
        ("installation", "android.apk.signer", by.certificate, "signed by the operator"),
        ("installation", "android.apk.permission", "android.permission.RECORD_AUDIO", "it asks for the microphone"),
        ("installation", "android.apk.component", implant.ACCESSIBILITY, "a service that reads the screen"),
        ("installation", "android.apk.component", implant.ADMIN, "a device administrator"),
        ("exfiltration", "android.apk.dex_string", by.server, "the address of the server"),
    )
    found = {"clean": (), "targeted": targeted, "infected": infected}[state]
    return tuple(
        Planted(time=phone.now, stage=stage, table=table, value=value, description=text, kinds=("apk",))
        for stage, table, value, text in found
    )
