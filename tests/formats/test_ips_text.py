"""Reports that are text."""

from bridle.core import Gap
from bridle.formats import ips, ips_text


def test_calls_end_where_images_begin_even_without_an_empty_line():
    report = ips.Report({}, None, "Thread 0 Crashed:\n0  ???  0x10 ???\nBinary Images:\n0x1000 - odd\n", 5)
    assert [call.line for call in ips_text.calls(report)] == [6]
    assert list(ips_text.images(report)) == [Gap(locator="line 8", reason="expected an image, got '0x1000 - odd'")]


def test_a_line_of_an_image_below_calls_is_no_call():
    image = "0x1000 - 0x1fff a arm64 <00112233445566778899aabbccddeeff> /a"
    report = ips.Report({}, None, f"\nBinary Images:\nThread 0 Crashed:\n0  ???  0x10 ???\n{image}\n", 1)
    assert [call.line for call in ips_text.calls(report)] == [4]
    assert [loaded.line for loaded in ips_text.images(report)] == [5]
