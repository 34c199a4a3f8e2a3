"""Which traces of the attack are planted in which acquisition, and in which table each is expected."""

from __future__ import annotations

from datetime import datetime, timedelta

from bridle.phantom.attack import ATTEMPTS, ROOT_PREFERENCES, Attack
from bridle.phantom.truth import Trace, in_order

_Trace = tuple[datetime, str, str, str, str]
"""Time, stage, table, value and description."""


def traces(attack: Attack, kind: str) -> tuple[Trace, ...]:
    """What is planted in an acquisition of this kind."""
    found: list[_Trace] = []
    if kind != "ios-sysdiagnose":
        found += _targeting(attack)
        found += _on_device(attack) if attack.infected else []
    if kind != "ios-backup":
        found += _logged(attack) if attack.infected else []
        found.append(_attempts(attack))
    if attack.infected:
        found += _settings(attack)
    if kind == "ios-file-system" and attack.infected:
        found += _in_caches(attack)
    if kind == "ios-sysdiagnose" and attack.infected:
        found += _at_collection(attack)
    return in_order(found)


def _targeting(attack: Attack) -> list[_Trace]:
    by, message = attack.by, "ios.sms.message"
    hidden = f"text message whose link {attack.hidden_lure_url} is only in attributedBody"
    look_up = "iMessage looks an account up that is in no thread"
    chat = f"message of another messenger with the link {attack.chat_lure_url}"
    exchange, call = "an exchange with the account", "a video call from the account that rings and is not answered"
    rung = attack.look_up + timedelta(seconds=12)
    return [
        (attack.lure_time, "targeting", message, by.lure, f"text message with the link {attack.lure_url}"),
        (attack.hidden_lure_time, "targeting", message, by.hidden_lure, hidden),
        (attack.look_up, "targeting", "ios.id_status_cache.look_up", by.account, look_up),
        (attack.chat_lure, "targeting", "ios.whatsapp.message", attack.chat_lure_url, chat),
        (attack.look_up, "targeting", "ios.interaction_c.contact", by.account, exchange),
        (rung, "targeting", "ios.calls.call", by.account, call),
    ]


def _on_device(attack: Attack) -> list[_Trace]:
    by, item, process, usage = attack.by, "ios.safari_history.item", "ios.data_usage.process", "ios.data_usage.usage"
    preferences, sent = f"{ROOT_PREFERENCES}/com.apple.CrashReporter.plist", f"bytes sent by {by.daemon}"
    gone, past = "bytes sent by a process whose row is gone", "invitation to something past, titled Meeting, with Notes"
    seen, automation = "site that the page was redirected to", "hidden automation that loads a page from the server"
    return [
        (attack.visit, "exploitation", item, attack.visit_url, "page without encryption; somebody else answers"),
        (attack.redirect, "exploitation", item, attack.redirect_url, "redirect to the server within a second"),
        (attack.stager_first, "execution", process, by.stager, "first process of the attack uses the network"),
        (attack.preferences, "tampering", "ledger", preferences, "preferences that keep crashes unreported"),
        (attack.daemon_first, "execution", process, by.daemon, "process with a published name uses the network"),
        (attack.file_written, "exploitation", "ledger", by.file, "file at a published path"),
        (attack.resembling_first, "execution", process, by.resembling, "process named almost like the system's"),
        (attack.exfiltration, "exfiltration", usage, str(attack.exfiltrated), sent),
        (attack.deleted, "tampering", usage, str(attack.deleted_bytes), gone),
        (attack.invited, "targeting", "ios.calendar.participant", by.account, past),
        (
            attack.exfiltration,
            "exfiltration",
            "ios.osanalytics_addaily.network_use",
            by.daemon,
            f"{sent}, counted daily",
        ),
        (attack.redirect, "exploitation", "ios.resource_load_statistics.observed", by.server, seen),
        (attack.redirect, "exploitation", "ios.session_resource_log.observed", by.server, seen),
        (attack.profile_installed, "tampering", "ios.shortcuts.action", by.server, automation),
    ]


def _settings(attack: Attack) -> list[_Trace]:
    """What it changed, of which each kind of acquisition has a copy."""
    server, may = attack.by.server, "the implant may use the microphone"
    profile, vpn = "profile that sends traffic through the server", "VPN to the server, from the profile"
    return [
        (attack.resembling_first, "exposure", "ios.tcc.access", attack.executable, may),
        (attack.profile_installed, "exploitation", "ios.configuration_profile.payload", server, profile),
        (attack.profile_installed, "exploitation", "ios.network_extension.configuration", server, vpn),
    ]


def _attempts(attack: Attack) -> _Trace:
    time = attack.look_up + timedelta(seconds=ATTEMPTS[0])
    text = f"the program that reads attachments crashes {len(ATTEMPTS)} times in minutes"
    return time, "targeting", "ios.crash_report.crash", "IMTranscoderAgent", text


def _logged(attack: Attack) -> list[_Trace]:
    """What the logs of the phone keep, in a file system and in a sysdiagnose."""
    path, name, run = attack.executable, attack.by.daemon, "execution"
    delay = "a process from a folder that anybody may write to delays the shutdown"
    return [
        (attack.shutdown, run, "ios.shutdown_log.client", path, delay),
        (attack.crashed, run, "ios.crash_report.crash", path, "the implant crashes"),
        (attack.again, run, "ios.crash_report.process", name, "the implant is among the processes of a memory event"),
        (attack.again, run, "ios.unified_log.process", path, "the implant is in the catalogue of the unified log"),
        (attack.again, run, "ios.unified_log.message", path, "messages that the implant logged"),
        (attack.again, run, "ios.uuidtext.image", path, "the implant's strings, kept for the unified log"),
        (attack.daemon_first, run, "ios.log_statistics.process", path, "the implant is among those that logged most"),
        (attack.daemon_first, run, "ios.power_log.process_start", name, "the power log notes the implant's process"),
        (attack.exfiltration, "exfiltration", "ios.power_log.traffic", name, "bytes sent by the implant"),
    ]


def _in_caches(attack: Attack) -> list[_Trace]:
    """What only a full file system has."""
    url, host, name = attack.redirect_url, attack.redirect_url.split("/")[2].split(":")[0], attack.by.daemon
    return [
        (attack.redirect, "exploitation", "ios.favicons.page", url, "icon of the server's page"),
        (attack.redirect, "exploitation", "ios.url_cache.response", url, "answer of the server, kept for later"),
        (attack.redirect, "exploitation", "ios.webkit_origin.origin", host, "the server's page stored something"),
        (attack.daemon_first, "execution", "ios.net_usage.process", name, "the implant uses the network"),
    ]


def _at_collection(attack: Attack) -> list[_Trace]:
    """What runs while the sysdiagnose is made, as each of its tools lists it."""
    path, name = attack.executable, attack.by.daemon
    listed = (("ps", path), ("ps_thread", path), ("taskinfo", name), ("spindump", path))
    return [
        (attack.again, "execution", f"ios.{tool}.{'task' if tool == 'taskinfo' else 'process'}", value,
         f"the implant in the list of {tool}")
        for tool, value in listed
    ]  # fmt: skip
