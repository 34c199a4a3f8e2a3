"""Preference files that an implant or an exploit was seen to write, or that tell when something happened to the phone.

Every value is a `Setting`, with its key as it is stored; what most of the keys mean is not published. That the file
is there, and when it was written, is told by the listing of files; an empty one has no values.

- `com.apple.CrashReporter.plist` (Pegasus turned reporting off by it; newer systems write other keys of their own)
- `com.apple.ImageIO.plist`, `com.apple.locationd.StatusBarIconManager.plist`, `com.apple.imservice.ids.FaceTime.plist`
  (written in the minutes of Operation Triangulation)
- `com.apple.photolibraryd.plist` in the folder of `mobile` (Coruna)
- `com.apple.softwareupdate….plist` (updates that fail or are put off), `com.apple.springboard.plist` (last shutdown),
  `com.apple.MobileBackup.plist` (backups), `com.apple.timed.plist` (clock and time zone), and others beside them

Known limits: only the last value of each key is stored. When a file was written is in no value of it. Of data and
secrets only the length is told.

Sources: MobileBackup.plist of an iOS 15 phone (test data of plaso); https://github.com/KasperskyLab/triangle_check ;
https://www.amnesty.org/en/latest/research/2021/07/forensic-methodology-report-how-to-catch-nso-groups-pegasus/
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Gap, SourceFile, artifact
from bridle.formats import plist
from bridle.formats.setting import Setting, settings


@artifact(
    "/private/var/*/Library/Preferences/com.apple.CrashReporter.plist",
    "/private/var/*/Library/Preferences/com.apple.ImageIO.plist",
    "/private/var/*/Library/Preferences/com.apple.locationd.StatusBarIconManager.plist",
    "/private/var/*/Library/Preferences/com.apple.imservice.ids.FaceTime.plist",
    "/private/var/*/Library/Preferences/com.apple.osanalyticshelper.plist",
    "/private/var/*/Library/Preferences/com.apple.photolibraryd.plist",
    "/private/var/*/Library/Preferences/com.apple.softwareupdateservicesd.plist",
    "/private/var/*/Library/Preferences/com.apple.softwareupdateservices.*.plist",
    "/private/var/*/Library/Preferences/com.apple.softwareupdatesettings.plist",
    "/private/var/*/Library/Preferences/com.apple.itunescloudd.plist",
    "/private/var/*/Library/Preferences/com.apple.springboard.plist",
    "/private/var/*/Library/Preferences/com.apple.SpringBoard.plist",
    "/private/var/*/Library/Preferences/com.apple.MobileBackup.plist",
    "/private/var/*/Library/Preferences/com.apple.purplebuddy*.plist",
    "/private/var/*/Library/Preferences/com.apple.timed.plist",
    "/private/var/*/Library/Preferences/com.apple.preferences.datetime.plist",
    "/private/var/*/Library/Preferences/com.apple.AppSupport.plist",
    "/private/var/*/Library/Preferences/com.apple.atc.plist",
    "/private/var/*/Library/Preferences/com.apple.managedconfiguration*.plist",
    "/private/var/*/Library/Preferences/com.apple.coreduetd.plist",
    "/private/var/db/timed/Library/Preferences/*.plist",
)
def preferences(file: SourceFile) -> Iterator[Setting | Gap]:
    if file.size:
        yield from settings(plist.load(file))
