"""The attacks by their numbers. Each makes objects in a world's repository and returns the tip that is pushed."""

import base64
import json
import os
from dataclasses import dataclass
from typing import Callable

import signing
from attack_world import DEPLOYMENT
from signing import REF, REWIND, armored, opened, run, ssh_string, with_signature

ATTACKS = []


@dataclass
class Attack:
    name: str
    reason: str
    message: str
    make: Callable
    then_legitimate: bool


def attack(name, reason, message="", then_legitimate=True):
    def add(make):
        ATTACKS.append(Attack(name, reason, message, make, then_legitimate))
        return make

    return add


DOC = {"docs/readme.md": "changed\n"}
WEB = "apps/web/kustomization.yaml"
RBAC = {"clusters/prod/rbac/admins.yaml": "kind: ClusterRoleBinding\nname: everyone\n"}


def payload(w, changes=None, parents=None):
    parents = parents or [w.base]
    return w.repo.payload(w.repo.tree(parents[0], changes or DOC), parents)


def signed(w, data, armor, header="gpgsig"):
    return w.repo.raw(with_signature(data, armor, header))


# -- signatures


@attack("00-control", "accepted")
def control(w):
    return w.repo.commit(w.base, DOC)


@attack("01", "Unsigned")
def unsigned(w):
    return w.repo.commit(w.base, DOC, signer=None)


@attack("02", "UnknownKey")
def unknown_key(w):
    return w.repo.commit(w.base, DOC, signer="mallory")


@attack("03", "BadSignature")
def edited_payload(w):
    data = payload(w)
    return signed(w, data.replace(b"1700000000", b"1700000001", 1), w.keys.sign("alice", data))


@attack("04", "SeveralSignatures")
def two_signatures(w):
    data = payload(w)
    once = with_signature(data, w.keys.sign("mallory", data))
    return signed(w, once, w.keys.sign("alice", data))


@attack("05", "SeveralSignatures")
def two_hashes(w):
    data = payload(w)
    once = with_signature(data, w.keys.sign("alice", data))
    return signed(w, once, w.keys.sign("mallory", data), "gpgsig-sha256")


@attack("06", "WrongNamespace")
def wrong_namespace(w):
    data = payload(w)
    return signed(w, data, w.keys.sign("alice", data, namespace="file"))


@attack("07-rsa-1024", "WeakSignature")
def weak_key(w):
    w.keys.path("weak", "-t", "rsa", "-b", "1024")
    return w.repo.commit(w.base, DOC, signer="weak")


@attack("07-sha1", "WeakSignature")
def weak_hash(w):
    data = payload(w)
    blob = opened(w.keys.sign("alice", data))
    return signed(w, data, armored(blob.replace(ssh_string(b"sha512"), ssh_string(b"sha1"), 1)))


def hardware(w):
    w.principals = f"    - name: hanna\n      keys: [{json.dumps(w.keys.hardware_public('hanna'))}]\n"
    return payload(w)


@attack("08", "NoUserPresence")
def no_user_presence(w):
    data = hardware(w)
    return signed(w, data, w.keys.hardware_sign("hanna", data, flags=0))


@attack("08-control", "accepted")
def user_presence(w):
    data = hardware(w)
    return signed(w, data, w.keys.hardware_sign("hanna", data, flags=1))


@attack("09", "UnsupportedSignature")
def certificate(w):
    user = w.keys.path("user")
    run(["ssh-keygen", "-q", "-s", w.keys.path("alice"), "-I", "user", "-n", "git", user + ".pub"])
    data = payload(w)
    blob = opened(w.keys.sign("user", data))
    with open(user + "-cert.pub", encoding="utf-8") as file:
        cert = base64.b64decode(file.read().split()[1])
    return signed(w, data, armored(blob.replace(ssh_string(w.keys.blob("user")), ssh_string(cert), 1)))


def openpgp_principal(w, name, fingerprint):
    text = "\n".join("        " + line for line in w.keys.certificate(name).splitlines())
    w.principals = f"    - name: {name}\n      keys: [\"openpgp:{fingerprint}\"]\n      certificate: |\n{text}\n"


@attack("10-control", "accepted")
def openpgp(w):
    fingerprint = w.keys.openpgp("paul")
    openpgp_principal(w, "paul", fingerprint)
    data = payload(w)
    return signed(w, data, w.keys.openpgp_sign(fingerprint, data))


@attack("10-expired", "KeyExpired")
def openpgp_expired(w):
    fingerprint = w.keys.openpgp("eve", expires="1d", time="20200101T000000")
    openpgp_principal(w, "eve", fingerprint)
    data = payload(w)
    return signed(w, data, w.keys.openpgp_sign(fingerprint, data, time="20200101T010000"))


@attack("10-revoked", "KeyRevoked")
def openpgp_revoked(w):
    fingerprint = w.keys.openpgp("rita")
    data = payload(w)
    armor = w.keys.openpgp_sign(fingerprint, data)
    with open(f"{w.keys.gnupg}/openpgp-revocs.d/{fingerprint}.rev", encoding="utf-8") as file:
        text = file.read().replace("\n:-----BEGIN", "\n-----BEGIN")
    w.keys.gpg("--import", data=text[text.index("\n-----BEGIN"):].encode())
    openpgp_principal(w, "rita", fingerprint)
    return signed(w, data, armor)


@attack("11", "error", "is short: others can make a key that has it too")
def short_key_id(w):
    fingerprint = w.keys.openpgp("sam")
    openpgp_principal(w, "sam", fingerprint[-16:])
    return w.repo.commit(w.base, DOC)


def changed_armor(w, change):
    data = payload(w)
    return signed(w, data, change(w.keys.sign("alice", data)))


@attack("12-trailing-data", "MalformedSignature")
def trailing_data(w):
    return changed_armor(w, lambda armor: armored(opened(armor) + b"x"))


@attack("12-trailing-text", "MalformedSignature")
def trailing_text(w):
    return changed_armor(w, lambda armor: armor + "more\n")


@attack("12-crlf", "MalformedSignature")
def carriage_returns(w):
    return changed_armor(w, lambda armor: armor.replace("\n", "\r\n"))


@attack("12-base64", "MalformedSignature")
def loose_base64(w):
    return changed_armor(w, lambda armor: armor.replace("\n-----END", "=\n-----END"))


@attack("13", "BadSignedObject")
def nul_in_header(w):
    data = payload(w).replace(b"author Ada", b"author A\0da", 1)
    return signed(w, data, w.keys.sign("alice", data))


@attack("14", "accepted")
def another_name(w):
    """Alice signs as "Bob": she is the signer, and is shown so."""
    data = payload(w).replace(b"Ada <ada@example.com>", b"Bob <bob@example.com>")
    return signed(w, data, w.keys.sign("alice", data))


# -- history


@attack("15", "NotFastForward")
def rewind(w):
    w.accepted = w.repo.commit(w.base, DOC)
    return w.base


@attack("16", "NotFastForward")
def sibling(w):
    w.accepted = w.repo.commit(w.base, DOC)
    return w.repo.commit(w.base, {"docs/other.md": "instead\n"})


@attack("17", "NotFastForward")
def teleport(w):
    w.accepted = w.repo.commit(w.base, DOC)
    first = w.repo.commit(w.base, {"docs/dev.md": "experiment\n"})
    return w.repo.commit(first, {"docs/dev.md": "experiment 2\n"}, signer="bob")


@attack("18-replace", "Unsigned")
def replace_refs(w):
    bad = w.repo.commit(w.base, RBAC, signer=None)
    good = w.repo.commit(w.base, DOC)
    w.repo.git("update-ref", "refs/replace/" + bad, good)
    return bad


@attack("18-graft", "Unsigned")
def grafts(w):
    bad = w.repo.commit(w.base, DOC, signer=None)
    tip = w.repo.commit(bad, {"docs/other.md": "x\n"})
    with open(w.directory + "/info/grafts", "w", encoding="ascii") as file:
        file.write(f"{tip} {w.base}\n")
    return tip


@attack("19", "error", "is not in the repository")
def shallow(w):
    middle = w.repo.commit(w.base, DOC, signer=None)
    tip = w.repo.commit(middle, {"docs/other.md": "x\n"})
    with open(w.directory + "/shallow", "w", encoding="ascii") as file:
        file.write(tip + "\n")
    os.unlink(f"{w.directory}/objects/{middle[:2]}/{middle[2:]}")
    return tip


@attack("20-control", "accepted")
def tag(w):
    w.ref, w.accepted = "refs/tags/v1", None
    w.repo.tag("v1", w.repo.commit(w.base, DOC))
    return "refs/tags/v1"


@attack("20-bot", "NotAllowed")
def tag_by_bot(w):
    w.ref, w.accepted = "refs/tags/v1", None
    w.repo.tag("v1", w.repo.commit(w.base, DOC), signer="ci")
    return "refs/tags/v1"


@attack("21", "WrongTag")
def renamed_tag(w):
    w.ref, w.accepted = "refs/tags/v2", None
    w.repo.git("update-ref", "refs/tags/v2", w.repo.tag("v1", w.repo.commit(w.base, DOC)))
    return "refs/tags/v2"


@attack("22", "LightweightTag")
def lightweight_tag(w):
    w.ref, w.accepted = "refs/tags/v1", None
    w.repo.git("update-ref", "refs/tags/v1", w.repo.commit(w.base, DOC))
    return "refs/tags/v1"


@attack("23", "accepted")
def same_short_name(w):
    """A tag `main` beside the branch: the policy's full name is what counts."""
    w.repo.git("update-ref", "refs/tags/main", w.repo.commit(w.base, RBAC, signer=None))
    w.repo.git("update-ref", REF, w.repo.commit(w.base, DOC))
    return ""


@attack("24-option", "error", "is no full ref name", then_legitimate=False)
def ref_like_an_option(w):
    w.ref = "refs/heads/-x"
    return w.repo.commit(w.base, DOC)


@attack("24-head", "error", "is no full ref name", then_legitimate=False)
def ref_like_head(w):
    w.ref = "refs/heads/HEAD"
    return w.repo.commit(w.base, DOC)


# -- what a bot's key may do


def bump(w, text, signer="ci"):
    return w.repo.commit(w.base, {WEB: text}, signer=signer)


@attack("25-control", "accepted")
def image_bump(w):
    return bump(w, w.kustomization.replace("v1.2.3", "v1.3.0"))


@attack("25-field", "OutOfScope", "/images/0/name changes")
def other_field(w):
    return bump(w, w.kustomization.replace("v1.2.3", "v1.3.0").replace("name: web", "name: evil"))


@attack("25-line", "OutOfScope", "keys, items or documents")
def other_line(w):
    return bump(w, w.kustomization.replace("v1.2.3", "v1.3.0") + "namespace: kube-system\n")


@attack("25-file", "NotApproved")
def other_file(w):
    return w.repo.commit(w.base, {WEB: w.kustomization.replace("v1.2.3", "v1.3.0"),
                                  "apps/web/deployment.yaml": "kind: DaemonSet\n"}, signer="ci")


@attack("26", "OutOfScope", "anchor, alias or tag")
def alias(w):
    return bump(w, w.kustomization.replace("newTag: v1.2.3", "newTag: &t v1.3.0"))


@attack("27", "OutOfScope")
def duplicate_key(w):
    return bump(w, w.kustomization.replace("    newTag: v1.2.3", "    newTag: v1.2.3\n    newTag: v1.3.0"))


@attack("28", "accepted")
def comment_only(w):
    return bump(w, w.kustomization.replace("# kept by ci", "# kept by the ci job"))


@attack("29", "OutOfScope", "comes or goes")
def rename(w):
    return w.repo.commit(w.base, {WEB: None, "apps/web/kustomization.yml": w.kustomization}, signer="ci")


@attack("29-removed", "OutOfScope", "comes or goes")
def removed(w):
    return w.repo.commit(w.base, {WEB: None}, signer="ci")


@attack("30", "OutOfScope", "same kind of file")
def to_symlink(w):
    return w.repo.commit(w.base, {WEB: ("120000", w.repo.blob("/etc/passwd"))}, signer="ci")


@attack("30-executable", "OutOfScope", "same kind of file")
def to_program(w):
    return w.repo.commit(w.base, {WEB: ("100755", w.repo.blob(w.kustomization))}, signer="ci")


@attack("31", "NotApproved")
def values_file(w):
    return w.repo.commit(w.base, {"apps/web/values.yaml": "rbac: {rules: everything}\n"}, signer="ci")


SERVICE = "services/api/deployment.yaml"


def service(w, old, new):
    return w.repo.commit(w.base, {SERVICE: DEPLOYMENT.replace(old, new)}, signer="ci")


@attack("31-rendered-control", "accepted")
def rendered_image(w):
    return service(w, "v1.0.0", "v1.1.0")


@attack("31-rendered-comment", "accepted")
def rendered_comment(w):
    return service(w, "  replicas: 1", "  # of course\n  replicas: 1")


@attack("31-rendered-unread", "OutOfScope", "no folder of spec.apps reads it")
def rendered_unread(w):
    return w.repo.commit(w.base, {"services/notes.md": "and what reads it?\n"}, signer="ci")


@attack("31-rendered-moved", "OutOfScope", "the file comes or goes")
def rendered_moved(w):
    changes = {SERVICE: None, "services/web/deployment.yaml": DEPLOYMENT}
    return w.repo.commit(w.base, changes, signer="ci")


@attack("31-rendered-twice", "accepted")
def rendered_twice(w):
    first = service(w, "v1.0.0", "v1.1.0")
    return w.repo.commit(first, {SERVICE: DEPLOYMENT.replace("v1.0.0", "v1.2.0")}, signer="ci")


@attack("31-rendered-hidden", "OutOfScope", "/spec/replicas changes")
def rendered_hidden(w):
    """A change that a later commit takes back is judged all the same."""
    first = service(w, "replicas: 1", "replicas: 9")
    return w.repo.commit(first, {SERVICE: DEPLOYMENT.replace("v1.0.0", "v1.1.0")}, signer="ci")


@attack("31-rendered", "OutOfScope", "/spec/replicas changes")
def rendered_field(w):
    return service(w, "replicas: 1", "replicas: 9")


@attack("31-rendered-registry", "OutOfScope", "not like")
def rendered_registry(w):
    return service(w, "registry.example.com/acme", "registry.example.com.evil.org/acme")


@attack("31-rendered-variable", "OutOfScope", "a variable of the App")
def rendered_variable(w):
    """A default that becomes a field of its own when variables are replaced."""
    return service(w, "v1.0.0", "${x:=v1.0.0}")


@attack("31-rendered-field-more", "OutOfScope", "/spec/template/spec/hostNetwork comes")
def rendered_field_more(w):
    return service(w, "      containers:", "      hostNetwork: true\n      containers:")


@attack("31-rendered-other-repository", "OutOfScope", "in another repository, and none is allowed here")
def rendered_base(w):
    base = f"https://git.example.org/evil/base//services?ref={'1' * 40}"
    changes = {"services/live/kustomization.yaml": f"resources: [live.yaml, '{base}']\n"}
    return w.repo.commit(w.base, changes, signer="ci")


@attack("31-rendered-object", "OutOfScope", "ClusterRoleBinding")
def rendered_object(w):
    more = "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: x}\n"
    return w.repo.commit(w.base, {SERVICE: DEPLOYMENT + more}, signer="ci")


@attack("31-rendered-file", "OutOfScope", "the file comes or goes")
def rendered_file(w):
    role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: x}\n"
    return w.repo.commit(w.base, {"services/api/more.yaml": role}, signer="ci")


@attack("31-rendered-broken", "OutOfScope", "does not render")
def rendered_broken(w):
    return service(w, "kind: Deployment", "kindd: Deployment")


def registry(w, name):
    before = w.kustomization.replace("name: web\n", "name: web\n    newName: registry.example.com/acme/web\n")
    w.base = w.accepted = w.repo.commit(w.base, {WEB: before})
    return w.repo.commit(w.base, {WEB: before.replace("registry.example.com/acme/web", name)}, signer="ci")


@attack("32-registry", "OutOfScope", "not like", then_legitimate=False)
def other_registry(w):
    return registry(w, "registry.example.com.evil.org/acme/web")


@attack("32-look-alike", "OutOfScope", "not like", then_legitimate=False)
def look_alike(w):
    return registry(w, "r\u0435gistry.example.com/acme/web")


@attack("32-digest", "OutOfScope", "not like", then_legitimate=False)
def foreign_digest(w):
    return registry(w, "evil.org/web@sha256:" + "0" * 64)


@attack("32-control", "accepted", then_legitimate=False)
def same_registry(w):
    return registry(w, "registry.example.com/acme/api")


@attack("33", "OutOfScope", "goes back from")
def downgrade(w):
    return bump(w, w.kustomization.replace("v1.2.3", "v1.2.2"))


# -- merges


def sides(w):
    left = w.repo.commit(w.base, DOC)
    right = w.repo.commit(w.base, {"docs/other.md": "theirs\n"}, signer="bob")
    return left, right


@attack("34", "NotApproved")
def evil_merge(w):
    left, right = sides(w)
    tree = w.repo.tree(left, {"docs/other.md": "theirs\n", **RBAC})
    return w.repo.commit([left, right], tree=tree)


@attack("34-drops", "NotAllowed")
def merge_that_drops(w):
    """The merge keeps one side alone: what the other changed is undone without a word."""
    left, right = sides(w)
    return w.repo.commit([left, right], tree=w.repo.tree_of(left), signer="forge")


@attack("34-unsigned-side", "Unsigned")
def merge_of_unsigned(w):
    left = w.repo.commit(w.base, DOC)
    right = w.repo.commit(w.base, RBAC, signer=None)
    return w.repo.commit([left, right], tree=w.repo.tree(left, RBAC), signer="forge")


@attack("35-clean", "accepted")
def clean_merge_by_forge(w):
    left, right = sides(w)
    return w.repo.commit([left, right], tree=w.repo.tree(left, {"docs/other.md": "theirs\n"}), signer="forge")


@attack("35-bot", "NotAllowed", "a bot")
def merge_by_bot(w):
    left, right = sides(w)
    return w.repo.commit([left, right], tree=w.repo.tree(left, {"docs/other.md": "theirs\n"}), signer="ci")


@attack("35-squash", "NotApproved")
def squash_by_forge(w):
    return w.repo.commit(w.base, {"apps/web/deployment.yaml": "kind: DaemonSet\n"}, signer="forge")


@attack("35-squash-author-rule", "NotAllowed")
def squash_where_authors_count(w):
    return w.repo.commit(w.base, DOC, signer="forge")


@attack("35-squash-approved", "accepted")
def approved_squash(w):
    tip = w.repo.commit(w.base, {"apps/web/deployment.yaml": "kind: DaemonSet\n"}, signer="forge")
    w.repo.approve(w.base, tip, "bob")
    return tip


# -- approvals


def change(w, signer="alice", files=None):
    return w.repo.commit(w.base, files or {"apps/web/deployment.yaml": "kind: DaemonSet\n"}, signer=signer)


@attack("36-control", "accepted")
def approved(w):
    tip = change(w)
    w.repo.approve(w.base, tip, "bob")
    return tip


@attack("36-ref", "NotApproved", "it is for refs/heads/dev")
def other_ref(w):
    tip = change(w)
    w.repo.approve(w.base, tip, "bob", ref="refs/heads/dev")
    return tip


@attack("36-repo", "NotApproved", "it is for the repository")
def other_repo(w):
    tip = change(w)
    w.repo.approve(w.base, tip, "bob", repo="https://git.example.com/acme/dev.git")
    return tip


@attack("36-base", "NotApproved", "it is of another change")
def other_base(w):
    tip = change(w)
    w.repo.approve("1" * 40, tip, "bob")
    return tip


@attack("36-replayed", "NotApproved", "it is of another change")
def replayed(w):
    """Approved once, undone since, brought back by someone who may not."""
    tip = change(w)
    w.repo.approve(w.base, tip, "bob")
    back = w.repo.commit(tip, tree=w.repo.tree_of(w.base))
    w.accepted = back
    return w.repo.commit(back, tree=w.repo.tree_of(tip), signer="ci")


@attack("36-rule", "NotApproved")
def other_rule(w):
    tip = w.repo.commit(w.base, RBAC)
    w.repo.approve(w.base, tip, "bob", rule="config")
    return tip


@attack("36-edited", "NotApproved", "is not of this content")
def edited_approval(w):
    tip = change(w)
    w.repo.approve(w.base, tip, "bob", expires="2001-01-01T00:00:00Z")
    ref = "refs/plumb/approvals/" + w.repo.tree_of(tip)
    text = w.repo.git("cat-file", "blob", ref + ":0").replace("2001-01", "2101-01")
    w.repo.git("update-ref", ref, w.repo.commit([], {"0": text + "\n"}, signer=None))
    return tip


@attack("36-namespace", "NotApproved", "does not count")
def commit_signature_as_approval(w):
    tip = change(w)
    w.repo.approve(w.base, tip, "bob", type="git")
    return tip


@attack("37", "NotApproved", "nobody approved")
def own_approval(w):
    tip = change(w)
    w.repo.approve(w.base, tip, "alice")
    return tip


@attack("37-second-key", "NotApproved", "nobody approved")
def own_second_key(w):
    w.principals = f"    - name: dora\n      keys: [{json.dumps(w.keys.public('dora1'))}, " \
                   f"{json.dumps(w.keys.public('dora2'))}]\n"
    tip = change(w, signer="dora1")
    w.repo.approve(w.base, tip, "dora2")
    return tip


@attack("38", "NotApproved", "a bot never approves")
def approval_by_bot(w):
    tip = change(w)
    w.repo.approve(w.base, tip, "ci")
    return tip


@attack("38-forge", "NotApproved", "a forge never approves")
def approval_by_forge(w):
    tip = change(w)
    w.repo.approve(w.base, tip, "forge")
    return tip


@attack("39", "NotApproved", "it expired")
def expired_approval(w):
    tip = change(w)
    w.repo.approve(w.base, tip, "bob", expires="2020-01-01T00:00:00Z")
    return tip


@attack("40", "NotApproved", "asks for 2")
def counted_twice(w):
    tip = w.repo.commit(w.base, RBAC)
    w.repo.approve(w.base, tip, "alice", "alice", rule="rbac")
    return tip


@attack("40-bot-author", "NotApproved", "asks for 2")
def one_person_for_a_bot(w):
    tip = w.repo.commit(w.base, RBAC, signer="ci")
    w.repo.approve(w.base, tip, "bob", "bob", rule="rbac")
    return tip


@attack("40-control", "accepted")
def two_people(w):
    tip = w.repo.commit(w.base, RBAC)
    w.repo.approve(w.base, tip, "bob", rule="rbac")
    return tip


# -- policy in the repository

NARROW = """apiVersion: plumb.dev/v1alpha1
kind: TrustRules
rules:
  - name: docs-need-bob
    paths: ["docs/**"]
    anyOf: [{author: [bob]}]
"""


def with_rules(w, text):
    tip = w.repo.commit(w.base, {".plumb/policy.yaml": text})
    w.repo.approve(w.base, tip, "bob", rule="rbac")
    return tip


@attack("41", "NotApproved")
def weakened_and_used(w):
    first = with_rules(w, NARROW)
    w.accepted = first
    weaker = w.repo.commit(first, {".plumb/policy.yaml": None})
    return w.repo.commit(weaker, DOC)


@attack("41-one-commit", "NotAllowed", "docs-need-bob")
def weakened_in_one(w):
    first = with_rules(w, NARROW)
    w.accepted = first
    tip = w.repo.commit(first, {".plumb/policy.yaml": None, **DOC})
    w.repo.approve(first, tip, "bob", rule="rbac")
    return tip


@attack("42", "NotApproved", then_legitimate=False)
def broader_rules(w):
    first = with_rules(w, NARROW.replace("docs-need-bob", "all").replace("docs/**", "**").replace("bob", "ci"))
    w.accepted = first
    return w.repo.commit(first, RBAC, signer="ci")


@attack("42-narrows", "NotAllowed", "docs-need-bob")
def narrower_rules(w):
    first = with_rules(w, NARROW)
    w.accepted = first
    return w.repo.commit(first, DOC)


@attack("42-unreadable", "BadRepositoryRules")
def unreadable_rules(w):
    return with_rules(w, "rules: [\n")


# -- limits and odd objects


@attack("43", "TooManyCommits")
def too_many(w):
    tree = w.repo.tree(w.base, DOC)
    other = w.repo.tree_of(w.base)
    lines = []
    for number in range(10_001):
        lines.append(f"commit refs/heads/long\nmark :{number + 1}\n"
                     f"committer A <a@example.com> {1700000000 + number} +0000\ndata 2\nx\n"
                     + (f"from {w.base}\n" if number == 0 else "")
                     + f"M 040000 {tree if number % 2 else other} \n")
    w.repo.git("fast-import", "--quiet", data="".join(lines).encode())
    return "refs/heads/long"


@attack("44", "OctopusMerge")
def octopus(w):
    parents = [w.repo.commit(w.base, {"docs/readme.md": f"{n}\n"}) for n in range(64)]
    return w.repo.commit(parents, tree=w.repo.tree_of(parents[0]))


@attack("45", "UnrelatedHistory")
def unrelated(w):
    other = w.repo.commit([], {"docs/new.md": "x\n"})
    return w.repo.commit([w.base, other], tree=w.repo.tree(w.base, {"docs/new.md": "x\n"}))


@attack("46", "NoRule")
def submodule(w):
    return w.repo.commit(w.base, {"vendor/lib": ("160000", "1" * 40)})


@attack("46-in-scope-of-a-bot", "OutOfScope")
def submodule_in_place(w):
    return w.repo.commit(w.base, {WEB: ("160000", "1" * 40)}, signer="ci")


# -- rewinds


def rewound(w, signers, to=None, expires="2100-01-01T00:00:00Z"):
    w.accepted = w.repo.commit(w.base, DOC)
    to = to or w.base
    fields = {"type": REWIND, "repo": signing.URL, "ref": REF, "from": w.accepted, "to": to, "reason": "a bad release",
              "expires": expires}
    w.repo.statements("refs/plumb/rewind/" + w.accepted, [(signer, fields) for signer in signers])
    return to


@attack("51-control", "accepted")
def signed_rewind(w):
    return rewound(w, ["alice", "carol"])


@attack("51-one", "NotFastForward")
def rewind_by_one(w):
    return rewound(w, ["alice", "alice"])


@attack("51-expired", "NotFastForward", "it expired")
def expired_rewind(w):
    return rewound(w, ["alice", "carol"], expires="2020-01-01T00:00:00Z")


@attack("51-bot", "NotFastForward")
def rewind_by_bot(w):
    return rewound(w, ["alice", "ci"])


@attack("51-elsewhere", "NotFastForward", "never accepted")
def rewind_to_a_sibling(w):
    return rewound(w, ["alice", "bob"], w.repo.commit(w.base, {"docs/x.md": "y\n"}))


# -- freshness: every commit here is of 2023, as if it had been withheld since

DAY = 24 * 3600


def withheld(w, *heartbeat, **fields):
    w.more = "  freshness: {maxAge: 24h, action: freezeNew}\n"
    tip = w.repo.commit(w.base, DOC)
    if heartbeat:
        signer, seconds_ago, seen = heartbeat
        w.repo.heartbeat(signer, seen or tip, seconds_ago, url=signing.URL, **fields)
    return tip


@attack("50-none", "NotFresh", "nothing newer than commit", then_legitimate=False)
def withheld_commit(w):
    return withheld(w)


@attack("50-replayed", "NotFresh", "nothing newer than a heartbeat by ci", then_legitimate=False)
def replayed_heartbeat(w):
    return withheld(w, "ci", 2 * DAY, w.base)


@attack("50-future", "NotFresh", "is in the future", then_legitimate=False)
def future_heartbeat(w):
    return withheld(w, "ci", -DAY, None)


@attack("50-other-ref", "NotFresh", then_legitimate=False)
def heartbeat_of_another_ref(w):
    return withheld(w, "ci", 0, None, ref="refs/heads/dev")


@attack("50-other-repository", "NotFresh", then_legitimate=False)
def heartbeat_of_another_repository(w):
    return withheld(w, "ci", 0, None, repo="https://git.example.com/acme/dev.git")


@attack("50-unknown-key", "NotFresh", "a heartbeat does not count", then_legitimate=False)
def heartbeat_by_a_stranger(w):
    return withheld(w, "mallory", 0, None)


@attack("50-namespace", "NotFresh", "a heartbeat does not count", then_legitimate=False)
def approval_as_heartbeat(w):
    return withheld(w, "ci", 0, None, type=signing.APPROVAL)


@attack("50-not-shown", "NotFresh", "which is not here", then_legitimate=False)
def heartbeat_of_what_is_not_shown(w):
    """Somebody saw a newer commit than this server shows."""
    return withheld(w, "ci", 0, w.repo.commit(w.base, {"docs/readme.md": "the newest\n"}))


@attack("50-control", "accepted", then_legitimate=False)
def heartbeat_of_now(w):
    return withheld(w, "ci", 60, None)


@attack("50-control-older-tip", "accepted", then_legitimate=False)
def heartbeat_of_the_parent(w):
    return withheld(w, "ci", 60, w.base)
