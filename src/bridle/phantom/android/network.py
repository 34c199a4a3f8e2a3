"""Services of networks, calls and jobs."""

from __future__ import annotations

from datetime import timedelta

from bridle.phantom.android.phone import EAST, Phone, local
from bridle.phantom.android.story import Story


def _moment(phone: Phone, before: timedelta) -> str:
    return f"{local(phone.now - before):%Y-%m-%dT%H:%M:%S}.386"


def connectivity(phone: Phone) -> str:
    """dumpsys connectivity: one Wi-Fi."""
    asked = "uid/pid:10065/2295 NetworkRequest [ REQUEST id=12, [ Capabilities: INTERNET Uid: 10065"
    by = f"{asked} RequestorUid: 10065 RequestorPkg: com.android.chrome] ]"
    return (
        "Active default network: 101\n\nCurrent Networks:\n"
        "  NetworkAgentInfo{network{101}  handle{1}  ni{WIFI CONNECTED extra: }  everValidated  lp{{InterfaceName:"
        " wlan0 LinkAddresses: [ 192.0.2.7/24 ] DnsAddresses: [ /192.0.2.1 ] Domains: null MTU: 0 }}  nc{["
        " Transports: WIFI Capabilities: INTERNET&NOT_RESTRICTED&TRUSTED&NOT_VPN&VALIDATED ]}}\n\n"
        f"Network Requests:\n  {by}\n\nmNetworkRequestInfoLogs (most recent first):\n"
        f"  {_moment(phone, timedelta(minutes=3))} - REGISTER {by}\n"
    )


def jobs(phone: Phone, story: Story) -> str:
    """dumpsys jobscheduler: a job that comes back, of each app of the store."""
    own = [a for a in story.apps if not a.system][:40]
    lines = [f"Registered {len(own)} jobs:"]
    for n, app in enumerate(own):
        uid = f"u0a{app.uid - 10000}"
        lines += [
            f"  JOB #{uid}/{n + 1}: 98d5d{n:02x} {app.name}/.UploadJob",
            f"    {uid} tag=*job*/{app.name}/.UploadJob",
            f"    Source: uid={uid} user=0 pkg={app.name}",
            "    JobInfo:",
            f"      Service: {app.name}/.UploadJob",
            "      PERIODIC: interval=+1d0h0m0s0ms flex=+1d0h0m0s0ms",
            "      PERSISTED",
            "    Standby bucket: ACTIVE",
            "    Enqueue time: -2m8s347ms",
        ]
    lines += ["", "  Job history:", "        -2m00s714ms   START: #u0a205/1000 com.example.weather/.UploadJob"]
    return (
        "\n".join([*lines, f"        -{phone.now.second}s154ms  STOP-P: #u0a205/1000 com.example.weather/.UploadJob"])
        + "\n"
    )


def telecom(phone: Phone) -> str:
    """dumpsys telecom: the dialer, and an event."""
    return (
        "CallsManager: \n  mDefaultDialerCache:\n    User 0: com.google.android.dialer\n"
        f"Historical Events:\n  {_moment(phone, timedelta(hours=4))} - CREATED\n"
    )


def telephony(phone: Phone) -> str:
    """dumpsys telephony.registry: who listens to calls."""
    return (
        "last known state:\n  Phone Id=0\n    mCallState=0\nlocal logs:\n"
        f"  {_moment(phone, timedelta(hours=4))} - listen: E pkg=com.google.android.dialer events=0x20 notifyNow=false"
        " callerUserId=0\nregistrations: count=1\n"
        "  {callingPackage=com.google.android.dialer binder=android.os.BinderProxy@1 callerUid=10064 events=[6]}\n"
    )


def messages(phone: Phone) -> str:
    """dumpsys isms."""
    return (
        "SmsManager for subId = -1:\n    CellBroadcast log:\n"
        f"    {_moment(phone, EAST)} - Failed to add GSM cell broadcast channels range 4370 to 4370\n"
    )


def fingerprints() -> str:
    """dumpsys fingerprint."""
    return (
        '{"service":"FingerprintProvider/default","prints":[{"id":0,"count":2,"accept":31,"reject":4,"acquire":120,'
        '"lockout":0,"permanentLockout":0,"acceptCrypto":5,"rejectCrypto":1,"acquireCrypto":6}]}\nHAL Deaths: 0\n'
    )
