#!/usr/bin/env python3
"""Checks a disclosure bundle: that nothing in it was changed, and that the archive had it when it says so.

    python3 verify_bundle.py BUNDLE.zip [--key KEY] [--root CERTIFICATES.pem] [--witness KEY]

BUNDLE is the ZIP file, or the directory it was unpacked to. Needs Python 3.11 or newer and the package `cryptography`.
KEY is the agency's published key, or that of a witness you trust; CERTIFICATES are those of the time-stamp authorities
you trust. What you do not name is taken from the bundle, and shown. No network is used.

Ends with 0 where everything holds, with 1 and what is wrong where it does not, with 2 for a wrong call.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

CHUNK = 1 << 20
END, NOTE, TAGS, MANIFEST = "end-of-bundle.txt", "bundle.note", "tagmanifest-sha256.txt", "manifest-sha256.txt"
PROOF, WITNESSES = "data/proof/", "data/proof/witnesses.txt"
WITNESS = b"\4"  # how the key of a witness begins (C2SP signed-note); that of a ledger with 1


class Wrong(Exception):
    """Something is not as it was written; the text names it."""


def need(true: Any, what: str) -> Any:
    if not true:
        raise Wrong(what)
    return true


def some(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def parsed(data: bytes, name: str) -> Any:
    """JSON in which no name stands twice."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        need(len(dict(pairs)) == len(pairs), f"{name} says something twice")
        return dict(pairs)

    return json.loads(data, object_pairs_hook=once)


def decoded(text: str, what: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, f"{what} is not in its only form")
    return data


class Folder:
    """The files of a bundle that was unpacked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.names = sorted(one.relative_to(path).as_posix() for one in path.rglob("*") if one.is_file())

    def open(self, name: str) -> Any:
        need(name in self.names, f"{name} is missing")
        return (self.path / name).open("rb")


class Zip:
    """The files of a bundle as one ZIP file, whose every byte must be the one that belongs there."""

    def __init__(self, path: Path) -> None:
        self.path, self.zip = path, zipfile.ZipFile(path)
        infos = self.zip.infolist()
        need(infos, "the ZIP file is empty")
        self.root = infos[0].filename.partition("/")[0] + "/"
        self.infos = {info.filename[len(self.root) :]: info for info in infos}
        self.names = list(self.infos)
        alone = len(self.names) == len(infos) and all(info.filename.startswith(self.root) for info in infos)
        need(alone, "its files do not all stand once, in one directory")
        need(self.names[-1] == END, f"{END} is not the last file: the copy is not complete")

    def open(self, name: str) -> Any:
        need(name in self.infos, f"{name} is missing")
        return self.zip.open(self.infos[name])

    def check_form(self, before: int, digest: str) -> None:
        """Every byte: those before the last file by their digest, headers and directory made anew from each other."""
        need(self.infos[END].header_offset == before, f"{END} tells of another length")
        told, directory = hashlib.sha256(), b""
        with self.path.open("rb") as file:
            while left := before - file.tell():
                told.update(need(file.read(min(CHUNK, left)), "the ZIP file ends too early"))
            need(told.hexdigest() == digest, f"bytes between the files are not those that {END} tells of")
            for name, info in self.infos.items():
                local, central = zip_headers(info)
                file.seek(info.header_offset)
                need(file.read(len(local)) == local, f"the header of {name} is not what was written")
                directory += central
            start = file.seek(info.compress_size, 1)
            wanted = directory + zip_end(len(self.infos), len(directory), start)
            need(file.read(len(wanted) + 1) == wanted, "the directory of the ZIP file is not what was written")


def zip_headers(info: zipfile.ZipInfo) -> tuple[bytes, bytes]:
    """The header of an entry and its line in the directory, as the writer makes them (APPNOTE 6.3, ZIP64)."""
    limit, name, method = 0xFFFFFFFF, info.filename.encode("ascii"), 8 if info.compress_type else 0
    year, month, day, hour, minute, second = info.date_time
    time = (hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day)
    sizes = (info.file_size, info.compress_size, info.header_offset)
    large, big = [value for value in sizes if value >= limit], max(sizes[:2]) >= limit
    size, packed, offset = (min(value, limit) for value in sizes)
    shown, more = ((limit, limit), struct.pack("<HHQQ", 1, 16, *sizes[:2])) if big else ((packed, size), b"")
    head = (0x04034B50, 45 if big else 20, 0, method, *time, info.CRC, *shown, len(name), len(more))
    extra = struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large) if large else b""
    line = (0x02014B50, 3 << 8 | 45, 45 if large else 20, 0, method, *time, info.CRC, packed, size)
    tail = (len(name), len(extra), 0, 0, 0, 0o100644 << 16, offset)
    local, central = struct.pack("<IHHHHHIIIHH", *head), struct.pack("<IHHHHHHIIIHHHHHII", *line, *tail)
    return local + name + more, central + name + extra


def zip_end(count: int, length: int, start: int) -> bytes:
    few, short = min(count, 0xFFFF), [min(value, 0xFFFFFFFF) for value in (length, start)]
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, few, few, *short, 0)
    if count < 0xFFFF and max(length, start) < 0xFFFFFFFF:
        return end
    long = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 3 << 8 | 45, 45, 0, 0, count, count, length, start)
    return long + struct.pack("<IIQI", 0x07064B50, 0, start + length, 1) + end


class Check:
    """One look through a bundle. `said` collects what was found true, line by line."""

    def __init__(self, source: Folder | Zip, given: argparse.Namespace) -> None:
        self.source, self.key, self.witness = source, given.key, given.witness
        self.roots = x509.load_pem_x509_certificates(given.root.read_bytes()) if given.root else []
        self.said, self.keys = list[str](), list[str]()

    def read(self, name: str) -> bytes:
        with self.source.open(name) as file:
            return bytes(file.read())

    def run(self) -> list[str]:
        payload = self.manifests()
        figures = parsed(self.read("data/bundle.json"), "data/bundle.json")
        self.end(figures)
        self.note(figures)
        checkpoint, size, root = self.checkpoint()
        leaves = self.leaves(size, root)
        self.records(leaves, payload, figures["counts"], self.items(leaves, figures["counts"]))
        need(not any(leaves.values()), f"{PROOF}leaves.jsonl proves what is not in the bundle")
        self.stamps(checkpoint)
        if self.witness or WITNESSES in self.source.names:
            self.witnesses(checkpoint.decode())
        return self.said

    def manifest(self, name: str) -> dict[str, str]:
        lines = self.read(name).decode("utf-8", "replace").splitlines(keepends=True)
        form, wrong = re.compile(r"([0-9a-f]{64})  ([^\r\n]+)\n"), f"{name} cannot be read as a manifest"
        listed = {found[2]: found[1] for found in (need(form.fullmatch(line), wrong) for line in lines)}
        need(len(listed) == len(lines), f"{name} lists a file twice")
        return listed

    def manifests(self) -> dict[str, str]:
        tags, there = self.manifest(TAGS), set(self.source.names)
        self.sums(tags)
        payload = self.manifest(MANIFEST)
        listed = {*payload, *tags, TAGS, NOTE, END}
        need(listed <= there, f"{min(listed - there, default='')} is missing")
        need(there <= listed, f"{min(there - listed, default='')} is in no manifest")
        need(all(name.startswith("data/") for name in payload), f"{MANIFEST} lists a file outside of data/")
        self.sums(payload)
        self.said.append(f"{len(payload) + len(tags):,} files are those of the manifests.")
        return payload

    def sums(self, listed: dict[str, str]) -> None:
        for name, digest in listed.items():
            with self.source.open(name) as file:
                told = hashlib.file_digest(file, "sha256")
            need(told.hexdigest() == digest, f"{name} is not what was written: its SHA-256 is another one")

    def end(self, figures: Any) -> None:
        """The last file tells the count, and the digest of every byte before it."""
        counts, request = figures["counts"], figures["request"]["id"]
        told = ", ".join(some(counts[name], name[:-1]) for name in ("items", "versions", "files"))
        start = f"End of the bundle for request {request}: {told} below data/.\r\n"
        text = self.read(END).decode("utf-8", "replace")
        rest = r"SHA-256 of the ([0-9]+) bytes of the ZIP file before this file: ([0-9a-f]{64})\r\n"
        found = need(re.fullmatch(re.escape(start) + rest, text), f"{END} is not what was written")
        if isinstance(self.source, Zip):
            self.source.check_form(int(found[1]), found[2])

    def note(self, figures: Any) -> None:
        """The agency's key signed the digest of the manifests."""
        self.keys = [line for line in self.read(PROOF + "keys.txt").decode().split("\n") if line]
        if self.key:
            need(self.key in self.keys, "the bundle is not signed with the key you named")
            self.keys = [self.key]
        body, (signer, *_) = signed_body(self.read(NOTE).decode("utf-8", "replace"), self.keys, NOTE)
        origin, digest = signer.partition("+")[0], sha256(self.read(TAGS)).hex()
        need(body == f"{origin}\nbundle {figures['request']['id']}\n{TAGS} {digest}\n", f"{NOTE} is of another bundle")
        compare = "" if self.key else " Compare it with the key that the agency publishes."
        self.said.append(f"The manifests are signed with the key {signer}.{compare}")

    def checkpoint(self) -> tuple[bytes, int, bytes]:
        text = self.read(PROOF + "checkpoint")
        lines = signed_body(text.decode(), self.keys, "the checkpoint")[0].split("\n")
        need(len(lines) == 4 and lines[1].isdigit(), "the checkpoint cannot be read")
        need(lines[0] in {key.partition("+")[0] for key in self.keys}, "the checkpoint is of another ledger")
        size, root = int(lines[1]), decoded(lines[2], "the root in the checkpoint")
        self.said.append(f"The checkpoint of {size:,} entries is signed.")
        return text, size, root

    def leaves(self, size: int, root: bytes) -> dict[Any, list[Any]]:
        """What is proved to be in the ledger: (kind, account, ...) -> entries; the root must be the checkpoint's."""
        known: dict[tuple[int, int], bytes] = {}
        found: dict[Any, list[Any]] = {}
        for line in self.read(PROOF + "leaves.jsonl").splitlines():
            leaf = parsed(line, PROOF + "leaves.jsonl")
            entry, place = leaf["entry"], (0, leaf["index"])
            need(0 <= leaf["index"] < size and place not in known, f"{PROOF}leaves.jsonl has an entry too many")
            known[place] = sha256(b"\0" + sha256(bytes.fromhex(leaf["salt"]) + canonical(entry)))
            name = (entry["leaf"], entry["account"], entry["capture"], entry.get("item"), entry.get("digest"))
            found.setdefault(name, []).append(entry)
        for text in self.read(PROOF + "nodes.txt").decode().splitlines():
            level, index, digest = text.split(" ")
            need((int(level), int(index)) not in known, "a node of the tree stands twice")
            known[int(level), int(index)] = decoded(digest, "a node of the tree")
        need(tree_root(known, size) == root, "the entries do not lead to the root in the checkpoint")
        return found

    def items(self, leaves: dict[Any, list[Any]], counts: Any) -> dict[str, str]:
        """Every version of every item is what its entry in the ledger says."""
        items = versions = 0
        wanted: dict[str, str] = {}
        with self.source.open("data/items.jsonl") as file:
            for line in file:
                item = parsed(line, "data/items.jsonl")
                items += 1
                versions += len(item["versions"])
                name = f"item {item['id']}"
                need(item["number"] == items, f"{name} has another number")
                wanted.update({m["file"]: m["sha256"] for m in item["media"] if m["file"]})
                for version in item["versions"]:
                    self.version(leaves, item, version, f"version {version['number']} of {name}")
        need(items == counts["items"], f"{counts['items']} items are declared, {items} are there")
        need(versions == counts["versions"], f"{counts['versions']} versions are declared, {versions} are there")
        self.said.append(f"{some(items, 'item')} in {some(versions, 'version')}: as many as declared, each proved.")
        return wanted

    def version(self, leaves: dict[Any, list[Any]], item: Any, version: Any, name: str) -> None:
        key = ("version", item["account"], version["capture"], item["remote_id"], version["sha256"])
        held = need(leaves.get(key), f"{name} has no proof")
        shown = {name: version[name] for name in ("details", "text", "title", "visibility")}
        shown |= {"author": [item["author"]["id"], item["author"]["handle"]], "kind": item["kind"]}
        shown |= {"edited": moment(version["edited"]) if version["edited"] else None}
        fitting = (sha256(canonical(shown)).hex(), moment(version["first_seen"]))
        same = [entry for entry in held if (entry["shown"], entry["seen"]) == fitting]
        held.remove(need(same, f"{name} is not what was put into the ledger")[0])

    def records(self, leaves: dict[Any, list[Any]], payload: dict[str, str], counts: Any, wanted: Any) -> None:
        """Every WARC record is part of a proved exchange, whole; every attached file is what a proved record holds."""
        exchanges = {e["records"][0]: (n, e) for n, held in leaves.items() if n[0] == "capture" for e in held}
        members, held_files, count = self.members("data/records/records.warc.gz"), set(), 0
        next(members, None)  # the warcinfo record, which the bundle itself brings
        for digest, said in members:
            name, entry = need(exchanges.get(digest), f"WARC record {count + 1} is not in the ledger")
            for part in entry["records"][1:]:
                digest, said = next(members, ("", b""))
                need(digest == part, f"the WARC records of {entry['capture']} are not those in the ledger")
            count += len(entry["records"])
            held_files.add(parsed(said.split(b"\r\n\r\n", 1)[1], entry["capture"])["payload"])
            leaves[name].remove(entry)
        need(count == counts["records"], f"{counts['records']} WARC records are declared, {count} are there")
        files = {name: digest for name, digest in payload.items() if name.startswith("data/media/")}
        need(files == wanted, "the attached files are not those that the items name")
        for name, digest in files.items():
            need(digest in held_files, f"{name} is not what a WARC record of the ledger holds")
        need(len(files) == counts["media"], f"{counts['media']} attached files are declared, {len(files)} are there")
        need(len(payload) == counts["files"], f"{counts['files']} files are declared, {len(payload)} are there")
        self.said.append(f"{some(count, 'WARC record')} and {some(len(files), 'attached file')}: each proved.")

    def members(self, name: str) -> Iterator[tuple[str, bytes]]:
        """The SHA-256 of each gzip member, and the start of what it holds."""
        rest = b""
        with self.source.open(name) as file:
            while rest := rest or file.read(CHUNK):
                inflate, told, start = zlib.decompressobj(31), hashlib.sha256(), b""
                while not inflate.eof:
                    rest = rest or file.read(CHUNK)
                    need(rest, f"{name} ends within a record")
                    data = inflate.decompress(rest, CHUNK)
                    left = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
                    told.update(rest[: len(rest) - len(left)])
                    start, rest = start if len(start) > CHUNK else start + data, left
                yield told.hexdigest(), start

    def stamps(self, checkpoint: bytes) -> None:
        names = [re.fullmatch(PROOF + r"stamps/(.*)\.tsr", name) for name in self.source.names]
        for name in (found[1] for found in names if found):
            roots = self.roots or x509.load_pem_x509_certificates(self.read(f"{PROOF}stamps/{name}.pem"))
            try:
                time, root = stamp_time(self.read(f"{PROOF}stamps/{name}.tsr"), checkpoint, roots)
            except (ValueError, LookupError, TypeError, InvalidSignature, Wrong) as error:
                raise Wrong(f"the time stamp of {name} does not hold: {error or type(error).__name__}") from error
            trusted = root.fingerprint(hashes.SHA256()).hex()
            self.said.append(f"Stamped at {time:%Y-%m-%d %H:%M:%S} UTC by {name}; its root is {trusted}.")
        if not any(names):
            self.said.append("No time-stamp authority says when: only the agency's own word does.")

    def witnesses(self, checkpoint: str) -> None:
        """Who outside signed that the checkpoint continues what they saw before, and when (C2SP tlog-cosignature)."""
        keys = [self.witness] if self.witness else self.read(PROOF + "witness-keys.txt").decode().splitlines()
        note = checkpoint.partition("\n\n")[0] + "\n\n" + self.read(WITNESSES).decode()
        for key, time in signed_body(note, keys, "the checkpoint", WITNESS)[1].items():
            compare = "" if self.witness else " Compare its key with the one that the witness itself tells."
            self.said.append(f"Seen at {datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M:%S} UTC by {key}.{compare}")


def moment(text: str) -> str:
    """A time as the ledger writes it: UTC, to the microsecond."""
    time = datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")


def signed_body(text: str, keys: list[str], what: str, kind: bytes = b"\1") -> tuple[str, dict[str, int]]:
    """The text of a signed note (C2SP), and the keys that signed it; for witnesses the time they signed with it."""
    body, mark, signatures = text.partition("\n\n")
    need(mark and signatures.endswith("\n"), f"{what} is not a signed note")
    known, signers = {}, {}
    for key in keys:
        name, hash_, data = (*key.split("+", 2), "", "")[:3]
        raw = decoded(data, "a key")
        need(raw[:1] == kind and sha256(name.encode() + b"\n" + raw)[:4].hex() == hash_, "a key cannot be read")
        known[name, hash_] = (key, Ed25519PublicKey.from_public_bytes(raw[1:]))
    for line in signatures[:-1].split("\n"):
        found = need(re.fullmatch("— ([^ +]+) ([A-Za-z0-9+/=]+)", line), f"a signature of {what} cannot be read")
        raw = decoded(found[2], f"a signature of {what}")
        if known_key := known.get((found[1], raw[:4].hex())):  # those of others say nothing here
            time, value = (int.from_bytes(raw[4:12], "big"), raw[12:]) if kind == WITNESS else (0, raw[4:])
            before = f"cosignature/v1\ntime {time}\n" if kind == WITNESS else ""
            try:
                known_key[1].verify(value, f"{before}{body}\n".encode())
            except InvalidSignature:
                raise Wrong(f"the signature of {what} does not hold") from None
            signers[known_key[0]] = time
    return body + "\n", need(signers, f"{what} is signed by no key that is known")


def tree_root(known: dict[tuple[int, int], bytes], size: int) -> bytes:
    """The root of a tree of `size` leaves (RFC 6962) from nodes (level, index) that are known."""
    peaks, start = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            peaks.append((level, start >> level))
            start += 1 << level
    levels: dict[int, dict[int, bytes]] = {}
    for (level, index), digest in known.items():
        levels.setdefault(level, {})[index] = digest
    for level in range(size.bit_length()):
        here = levels.setdefault(level, {})
        for index in sorted(here):
            if (level, index) not in peaks:
                need(index ^ 1 in here, "a node of the tree is missing")
                if index % 2:
                    need(index // 2 not in levels.setdefault(level + 1, {}), "a node of the tree stands twice")
                    levels[level + 1][index // 2] = sha256(b"\1" + here[index - 1] + here[index])
    root = b""
    for level, index in reversed(peaks):
        digest = need(levels[level].get(index), "a node of the tree is missing")
        root = sha256(b"\1" + digest + root) if root else digest
    return root


# Object identifiers as DER writes them: SHA-256, -384, -512; the message's digest; the signer's certificate (RFC 5035).
SHA2 = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
HASHES: dict[str, Any] = {f"6086480165030402{number:02x}": kind for number, kind in enumerate(SHA2, 1)}
MESSAGE_DIGEST, SIGNING_CERTIFICATES = "2a864886f70d010904", ("2a864886f70d010910022f", "2a864886f70d010910020c")
STAMPING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.8")


def der(data: bytes) -> list[tuple[int, bytes, bytes]]:
    """The elements that `data` is made of, as (tag, content, whole)."""
    found, position = [], 0
    while position < len(data):
        length, head = data[position + 1], 2
        if length & 0x80:
            head += length & 0x7F
            length = int.from_bytes(data[position + 2 : position + head], "big")
        end = position + head + length
        need(end <= len(data), "it is cut off")
        found.append((data[position], data[position + head : end], data[position:end]))
        position = end
    return found


def digest_with(algorithm: bytes, data: bytes) -> tuple[Any, bytes]:
    """The hash function that an AlgorithmIdentifier names, and the digest of `data` by it."""
    kind = HASHES[der(algorithm)[0][1].hex()]()
    digest = hashes.Hash(kind)
    digest.update(data)
    return kind, digest.finalize()


def stamp_time(answer: bytes, stamped: bytes, roots: list[x509.Certificate]) -> tuple[datetime, x509.Certificate]:
    """When the authority had `stamped`, and the root it is trusted by (RFC 3161, RFC 5652)."""
    need(len(der(answer)) == 1, "there are strange bytes behind it")
    status, *token = der(der(answer)[0][1])
    need(token and der(status[1])[0][1] in (b"\0", b"\1"), "the authority refused")
    _, _, wrapped, *rest = der(der(der(token[0][1])[1][1])[0][1])
    info = der(der(wrapped[1])[1][1])[0][1]  # TSTInfo
    inside = [
        x509.load_der_x509_certificate(whole) for tag, held, _ in rest if tag == 0xA0 for _, _, whole in der(held)
    ]
    (signer,) = der(rest[-1][1])
    parts = der(signer[1])
    attributes = {der(held)[0][1].hex(): der(held)[1][1] for _, held, _ in der(parts[3][1])}
    kind, digest = digest_with(parts[2][1], info)
    need(der(attributes[MESSAGE_DIGEST])[0][1] == digest, "its content was changed")
    named = b"".join(attributes.get(name, b"") for name in SIGNING_CERTIFICATES)
    ways = (*(kind() for kind in SHA2), hashes.SHA1())
    signing = [one for one in inside if any(one.fingerprint(way) in named for way in ways)]
    need(signing, "the certificate of its signer is not in it")
    public: Any = signing[0].public_key()
    how = (padding.PKCS1v15(), kind) if isinstance(public, rsa.RSAPublicKey) else (ec.ECDSA(kind),)
    public.verify(parts[5][1], b"\x31" + parts[3][2][1:], *how)
    fields = der(der(info)[0][1])
    algorithm, imprint = der(fields[2][1])
    need(imprint[1] == digest_with(algorithm[1], stamped)[1], "it is of something else")
    time = datetime.strptime(fields[4][1].decode().rstrip("Z").partition(".")[0] + "+0000", "%Y%m%d%H%M%S%z")
    usage = signing[0].extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    need(usage.critical and list(usage.value) == [STAMPING], "its certificate is not for time stamps")
    return time, chained(signing[0], [*roots, *inside], roots, time)


def chained(
    certificate: x509.Certificate, issuers: list[x509.Certificate], roots: list[x509.Certificate], time: datetime
) -> x509.Certificate:
    """The trusted root that `certificate` leads to, every certificate on the way valid at that time."""
    for _ in range(8):
        need(certificate.not_valid_before_utc <= time <= certificate.not_valid_after_utc, "a certificate was not valid")
        if certificate in roots:
            return certificate
        for issuer in issuers:
            try:
                certificate.verify_directly_issued_by(issuer)
            except (ValueError, TypeError, InvalidSignature):
                continue
            certificate = issuer
            break
    raise Wrong("its certificate leads to no authority that is trusted")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Checks a disclosure bundle.")
    parser.add_argument("bundle", type=Path, help="the ZIP file, or the directory it was unpacked to")
    parser.add_argument("--key", help="the agency's published key: NAME+HASH+DATA")
    parser.add_argument("--root", type=Path, help="certificates (PEM) of the time-stamp authorities you trust")
    parser.add_argument("--witness", help="the key of a witness you trust: NAME+HASH+DATA")
    given = parser.parse_args(arguments)
    try:
        source = Folder(given.bundle) if given.bundle.is_dir() else Zip(given.bundle)
        for line in Check(source, given).run():
            print(line)
    except Wrong as wrong:
        print(f"WRONG: {wrong}.")
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, LookupError, TypeError, AttributeError,
            struct.error, RuntimeError, ArithmeticError) as error:  # fmt: skip
        print(f"WRONG: the bundle cannot be read: {type(error).__name__}: {error}.")
    else:
        print("EVERYTHING HOLDS.")
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
