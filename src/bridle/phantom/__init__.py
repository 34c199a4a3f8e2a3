"""Synthetic evidence: devices and feeds that nobody owns, with a known attack to look for.

**How to tell it from real evidence.** All that is made here carries the text `BRIDLE-SYNTHETIC`:

- backup: `Info.plist`, `Manifest.plist` and `Status.plist` have the key `BridleSynthetic`; device and display name
  begin with `SYNTHETIC`, and so does the serial number.
- file system: `SystemVersion.plist` has that key.
- sysdiagnose: the text of `sysdiagnose.log` begins with it, the serial number in `remotectl_dumpstate.txt` as above.
- backup and file system: `/private/var/mobile/Library/Preferences/org.bridle.synthetic.plist`.
- bugreport and AndroidQF: the serial number begins with `SYNTHETIC`, and the boot loader has that name.
- adb backup: `shared/0/Documents/org.bridle.synthetic.txt`. APK: `assets/synthetic.txt`. Anybody can put such a file
  into real ones, so `check` does not take these two for synthetic.
- capture: the comment of the first section of a pcapng begins with it.
- feed: every object has the label `BRIDLE-SYNTHETIC`, and the names of campaign and malware begin with `SYNTHETIC`.

**Nobody is in it.** Telephone numbers are those reserved for fiction (+44 7700 900000 to 900999, and +1 202 555 0100 to
0199); host names and addresses end in `.test`, `.example`, or example.org, .com and .net, which are reserved too.
An account of WhatsApp is such a number before `@s.whatsapp.net`. Addresses are of the ranges for documentation.

**It is repeatable.** Equal kind, state, attack, seed and scale give equal bytes; for encrypted evidence also equal
password and iterations. The plain and the encrypted one of a seed hold the same content. `OUT.truth.json`, beside the
evidence and not in it, lists what was planted, in order.

The attacks on Android phones are told of in `bridle.phantom.android`.

The planted attack on an iPhone follows the published course of the Pegasus attacks of 2019 to 2021. The invitation in
the calendar is built like one of QuaDream's, the automation in Shortcuts like one of Cytrox's. Hosts and accounts are
invented; names of processes and files are published ones. No real campaign is told.

Sources: https://citizenlab.ca/2023/04/spyware-vendor-quadream-exploits-victims-customers/ ;
https://citizenlab.ca/2021/12/pegasus-vs-predator-dissidents-doubly-infected-iphone-reveals-cytrox-mercenary-spyware/ ;
https://www.amnesty.org/en/latest/research/2021/07/forensic-methodology-report-how-to-catch-nso-groups-pegasus/
"""

MARKER = "BRIDLE-SYNTHETIC"
KEY = "BridleSynthetic"
"""The key that holds `MARKER` in property lists."""
