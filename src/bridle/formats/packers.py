"""Files and classes by which tools that hide an app's program are known.

A tool that encrypts programs is no sign of harm by itself: banks and games use them. What an app does is not seen in
its program then, which is worth knowing of an app that nobody remembers.

Sources: https://github.com/rednaga/APKiD (names of files, the rules for packers) ; vendors' own documentation.
"""

from __future__ import annotations

FILES = {
    "libjiagu.so": "Qihoo 360 Jiagu",
    "libjiagu_art.so": "Qihoo 360 Jiagu",
    "libjiagu_x86.so": "Qihoo 360 Jiagu",
    "libjiagu_a64.so": "Qihoo 360 Jiagu",
    "libprotectclass.so": "Qihoo 360",
    "libapktoolplus_jiagu.so": "ApkToolPlus Jiagu",
    "libshell.so": "Tencent Legu",
    "libshella.so": "Tencent Legu",
    "libtup.so": "Tencent Legu",
    "mix.dex": "Tencent Legu",
    "libmobisec.so": "Alibaba",
    "libmobisecy.so": "Alibaba",
    "libbaiduprotect.so": "Baidu",
    "libbaiduprotect_x86.so": "Baidu",
    "baiduprotect1.jar": "Baidu",
    "libdexhelper.so": "SecNeo",
    "libdexhelper-x86.so": "SecNeo",
    "libsecexe.so": "Bangcle",
    "libsecmain.so": "Bangcle",
    "libsecshell.so": "Bangcle SecShell",
    "libsecshell-x86.so": "Bangcle SecShell",
    "secdata0.jar": "Bangcle SecShell",
    "bangcleclasses.jar": "Bangcle",
    "bangcle_classes.jar": "Bangcle",
    "ijiami.dat": "Ijiami",
    "ijiami.ajm": "Ijiami",
    "libexec.so": "Ijiami",
    "libexecmain.so": "Ijiami",
    "libddog.so": "Naga",
    "libchaosvmp.so": "Naga",
    "libnqshield.so": "NQ Shield",
    "libnesec.so": "NetEase Yidun",
    "libnsecure.so": "PangXie",
    "libkiroro.so": "Kiro",
    "libapkprotect.so": "APKProtect",
    "libdxbase.so": "DxShield",
    "liappclient.sc": "LIAPP",
    "libappguard.so": "AppGuard",
    "libappguard-x86.so": "AppGuard",
    "libnsaferonly.so": "App Fortify",
    "libcovault.so": "AppSealing",
    "libcovault-appsec.so": "AppSealing",
    "classes.dex.dat": "DexProtector",
    "dp.arm.so.dat": "DexProtector",
    "dp.arm-v7.so.dat": "DexProtector",
    "dp.arm-v8.so.dat": "DexProtector",
    "libdexprotector.so": "DexProtector",
    "apkpackerconfiguration": "ApkPacker",
}
"""By the name of a file anywhere in the archive, in lower case."""

CLASSES = {
    "com.stub.StubApp": "Qihoo 360 Jiagu",
    "com.qihoo.util.": "Qihoo 360",
    "com.tencent.StubShell.": "Tencent Legu",
    "com.wrapper.proxyapplication.": "Tencent Legu",
    "com.ali.mobisecenhance.": "Alibaba",
    "com.baidu.protect.": "Baidu",
    "com.secneo.": "SecNeo",
    "com.secshell.": "Bangcle SecShell",
    "com.bangcle.": "Bangcle",
    "com.shell.SuperApplication": "Ijiami",
    "s.h.e.l.l.": "Ijiami",
    "com.nqshield.": "NQ Shield",
    "com.edog.": "Naga",
    "com.netease.nis.wrapper.": "NetEase Yidun",
    "com.merry.wapper.": "PangXie",
    "com.seworks.medusah": "Medusah",
}
"""By how the name of the application's class, or of a component's, begins."""


def of_file(name: str) -> str | None:
    """The tool that writes a file of that name. None where none is known for it."""
    return FILES.get(name.rpartition("/")[2].lower())


def of_class(name: str) -> str | None:
    """The tool that writes a class of that name. None where none is known for it."""
    return next((tool for begin, tool in CLASSES.items() if name.startswith(begin)), None)
