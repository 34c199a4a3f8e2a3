"""Whatever bytes come as an index, a state, a bundle or a signature: they are read or refused, never anything else."""

import base64
import io
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.indicators import block_yaml, bundle_file
from bridle.indicators.addresses import AddressError, checked, shown
from bridle.indicators.bundle_file import BundleError
from bridle.indicators.feed_index import FeedIndexError, name_of, plain_name, read
from bridle.indicators.feed_state import read_state
from bridle.indicators.ssh_signature import PublicKey, SignatureError, verified

MANY = settings(max_examples=150, deadline=None, derandomize=True, database=None)
LINES = st.lists(
    st.sampled_from(
        ["indicators:", "- ", "-", "  ", "name: a", "download_url: https://example.org/", "type: github", "github:",
         "'", '"', ": ", "#", "\t", "~", "{", "owner: ..", "path: ../../x", "\0", "\ud83d\ude00", "a" * 300]
    ),
    max_size=30,
).map("\n".join)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["format", "schema", "feeds", "name", "url", "sha256", "version", "sources", "history", "kind"])
        | st.text(), inner,
    ),
    max_leaves=20,
)  # fmt: skip


def refused(error, function, *arguments):
    try:
        function(*arguments)
    except error as e:
        assert len(str(e)) < 500


@MANY
@given(st.binary() | LINES.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_bytes_as_an_index(data):
    refused(FeedIndexError, read, data, "https://example.org/index")


@MANY
@given(st.text() | LINES)
def test_text_as_yaml(text):
    refused(block_yaml.YamlError, block_yaml.read, text)


@MANY
@given(JSON, st.sampled_from(["bridle-feeds", "bridle-feed-store"]))
def test_json_as_an_index_and_as_a_state(value, form):
    data = json.dumps(value).encode()
    refused(FeedIndexError, read, data, "https://example.org/index")
    refused(FeedIndexError, read_state, data)
    rows = json.dumps({"format": form, "schema": 1, "version": 1, "feeds": [value], "sources": [value], "history": [],
                       "bundles_signed_by": None}).encode()  # fmt: skip
    refused(FeedIndexError, read, rows, "https://example.org/index")
    refused(FeedIndexError, read_state, rows)


@MANY
@given(st.binary(max_size=2000), st.binary(max_size=600))
def test_bytes_as_a_bundle(data, inner):
    refused(BundleError, list, bundle_file.read(io.BytesIO(data)))
    head = bundle_file._header("manifest.json", len(inner))
    refused(BundleError, list, bundle_file.read(io.BytesIO(head + inner + data)))


@MANY
@given(st.binary())
def test_bytes_as_a_key_or_a_signature(data):
    refused(SignatureError, PublicKey.of_line, data.decode("latin-1"))
    refused(SignatureError, PublicKey.of_line, f"ssh-ed25519 {base64.b64encode(data).decode()}")
    refused(SignatureError, verified, b"", data, "bridle-index")
    armored = b"-----BEGIN SSH SIGNATURE-----\n" + data.hex().encode() + b"\n-----END SSH SIGNATURE-----"
    refused(SignatureError, verified, b"", armored, "bridle-index")


@MANY
@given(st.text().map(lambda text: "https://" + text) | st.text())
def test_text_as_an_address(text):
    refused(AddressError, checked, text)
    shown(text)


@MANY
@given(st.text())
def test_a_name_from_an_address_is_plain(text):
    name = name_of(f"https://example.org/{text}")
    assert plain_name(name) == name
