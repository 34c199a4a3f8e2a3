"""Services that say who has power over the phone and its person: accessibility, administrators, roles, accounts."""

from __future__ import annotations

from datetime import timedelta

from bridle.phantom.android.phone import Phone, milliseconds, short, stamp
from bridle.phantom.android.story import Service, Story

_ROLES = (
    ("ASSISTANT", "com.google.android.gms"), ("BROWSER", "com.android.chrome"),
    ("DIALER", "com.google.android.dialer"), ("HOME", "com.android.launcher3"),
    ("SMS", "com.google.android.apps.messaging"),
)  # fmt: skip


def _of(story: Story, kind: str) -> list[Service]:
    return [s for s in story.services if s.kind == kind]


def accessibility(story: Story) -> str:
    """dumpsys accessibility."""
    services = _of(story, "accessibility")
    bound = ", \n                     ".join(
        f"Service[label={s.label}, feedbackType[FEEDBACK_GENERIC], capabilities=33,"
        " eventTypes=TYPES_ALL_MASK, notificationTimeout=100, requestA11yBtn=false]"
        for s in services
    )
    enabled = ", ".join(f"{{{s.package}/{s.package}.{s.cls}}}" for s in services)
    return (
        "ACCESSIBILITY MANAGER (dumpsys accessibility)\n\ncurrentUserId=0\nUser state[\n"
        "     attributes:{id=0, touchExplorationEnabled=false, sendMotionEventsEnabledfalse,"
        f" installedServiceCount={len(services)}, magnificationModes={{0=1}}}}\n     shortcut key:{{}}\n"
        f"     button target:{{null}}\n     Bound services:{{{bound}}}\n     Enabled services:{{{enabled}}}\n"
        "     Binding services:{}\n     Crashed services:{}\n     Client list info:{\n"
        "          Client list callbacks: 1\n          Registered clients:{\n[com.android.systemui]}]\n"
    )


def device_policy(story: Story) -> str:
    """dumpsys device_policy."""
    lines = ["Current Device Policy Manager state:", "  Enabled Device Admins (User 0, provisioningState: 0):"]
    for s in _of(story, "admin"):
        lines += [f"    {s.package}/.{s.cls}:", f"      uid={s.uid}", "      testOnlyAdmin=false", "      policies:",
                  "        force-lock", "        wipe-data", "      passwordQuality=0x0"]  # fmt: skip
    return "\n".join([*lines, " ", "    mPasswordOwner=-1", "", "  Encryption Status: per-user"]) + "\n"


def notification(phone: Phone, story: Story) -> str:
    """dumpsys notification."""
    lines = ["Current Notification Manager state:", "  Notification List:"]
    for n, p in enumerate(story.posted):
        lines += [
            (f"    NotificationRecord(0x0{n:07x}: pkg={p.package} user=UserHandle{{0}} id={n + 20} tag=null"
            f" importance=4 key=0|{p.package}|{n + 20}|null|{p.uid}: Notification(channel=messages shortcut=null"
            " contentView=null vibrate=null sound=null defaults=0x0 flags=0x10))"),
            f"      uid={p.uid} userId=0", f"      opPkg={p.package}", "      flags=0x10", "      extras={",
            f"          android.title=String ({p.title})", f"          android.text=String ({p.text})", "      }",
            f"      mCreationTimeMs={milliseconds(p.time)}", f"      mUpdateTimeMs={milliseconds(p.time)}",
        ]  # fmt: skip
    lines += ["", " Notification Preferences:", "    per-package config version: 4", "PackagePreferences:"]
    for app in story.apps:
        if "POST_NOTIFICATIONS" in app.granted:
            lines += [f"      AppSettings: {app.name} ({app.uid}) importance=DEFAULT userSet=true",
                      ("        NotificationChannel{mId='messages', mName=Mes..., mDescription= , mImportance=4,"
                      " mBypassDnd=false, mDeleted=false}")]  # fmt: skip
    lines += ["", "  Notification listeners:", "    Allowed notification listeners:"]
    allowed = [f"{s.package}/{s.package}.{s.cls}" for s in _of(story, "notifications")]
    lines += [f"      {':'.join(allowed)} (user: 0 isPrimary: true)", "    Live notification listeners (1):"]
    lines += [
        f"      ComponentInfo{{{c}}} (user 0): android.service.notification.INotificationListener$Stub$Proxy@38bc476"
        for c in allowed
    ]
    return "\n".join([*lines, "", f"  Zen Log:\n    {short(phone.boot)} config: readXml"]) + "\n"


def role() -> str:
    """dumpsys role."""
    lines = ["ROLE STATE (dumpsys role):", "{", "  user_states={", "    user_id=0", "    version=1", "    roles=["]
    for name, holder in _ROLES:
        lines += ["      {", f"        name=android.app.role.{name}", f"        holders={holder}", "      }"]
    return "\n".join([*lines, "    ]", "  }", "}"]) + "\n"


def user() -> str:
    """dumpsys user."""
    return (
        "Current user: 0\n\nUsers:\n  UserInfo{0:Owner:4c13} serialNo=0 isPrimary=true\n"
        "    Type: android.os.usertype.full.SYSTEM\n    Flags: 19475 (ADMIN|FULL|INITIALIZED|MAIN|PRIMARY|SYSTEM)\n"
        "    State: RUNNING_UNLOCKED\n    Created: <unknown>\n    Last logged in: +2m0s0ms ago\n"
        "    Start time: +2m19s81ms ago\n    Unlock time: +1m0s5ms ago\n    Has profile owner: false\n"
        "    Restrictions:\n      none\n    Effective restrictions:\n      none\n\n  Max users: 4\n"
    )


def account(phone: Phone) -> str:
    """dumpsys account: the person's own."""
    return (
        "User UserInfo{0:Owner:4c13}:\n  Accounts: 1\n"
        f"    Account {{name={phone.life.owner.email}, type=com.google}}\n  \n"
        "  AccountId, Action_Type, timestamp, UID, TableName, Key\n  Accounts History\n"
        f"  1,action_account_add,{stamp(phone.life.start - timedelta(days=140))},10062,accounts,1\n  \n"
        "  Active Sessions: 0\n  \n"
    )


def lock_settings() -> str:
    """dumpsys lock_settings."""
    return (
        "Current lock settings service state:\n\nUser State:\n  User 0\n    CredentialType: PIN\n    Quality: 20000\n"
    )


def trust(phone: Phone) -> str:
    """dumpsys trust."""
    return (
        'Trust manager state:\n User "Owner" (id=0, flags=0x4c13) (current): trustState=UNTRUSTED, trustManaged=0,'
        " deviceLocked=0, isActiveUnlockRunning=0, strongAuthRequired=0x0\n   Enabled agents:\n   Events:\n"
        f"    #0  {short(phone.boot)} DevicePolicyChanged: \n"
    )


def device_idle() -> str:
    """dumpsys deviceidle."""
    return (
        "  Whitelist system apps:\n    com.android.shell\n    com.google.android.gms\n  Whitelist user apps:\n"
        "    org.example.chat\n  Whitelist all app ids:\n    2000\n  mLightEnabled=true  mDeepEnabled=true\n"
    )
