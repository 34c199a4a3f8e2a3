"""mobile_installation.log: when the apps of the phone were installed."""

from __future__ import annotations

from datetime import timedelta

from bridle.phantom.life import Life
from bridle.phantom.network_use import APPS
from bridle.phantom.running import app_path

PATH = "/private/var/installd/Library/Logs/MobileInstallation/mobile_installation.log.0"


def content(life: Life) -> bytes:
    random, lines = life.random("installation"), []
    for day, bundle in enumerate(APPS):
        time = life.start + timedelta(days=2 * day, seconds=random.randrange(30_000, 80_000))
        stamp = f"{time:%a %b} {time.day:2} {time:%H:%M:%S %Y} [{random.randrange(60, 400)}] <notice> (0x16bae7000)"
        folder = app_path(life, bundle).rpartition("/")[0].rpartition("/")[0]
        lines += [
            f"{stamp} -[MIInstaller performInstallationWithError:]: Install of {bundle} requested by appstored",
            f"{stamp} -[MIContainer makeContainerLive:]_block_invoke: Made container live for {bundle} at {folder}",
        ]
    return ("\n".join(lines) + "\n").encode()
