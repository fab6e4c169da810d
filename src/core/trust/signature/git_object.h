// Commits and annotated tags as signed bytes. Stricter than Git, which must show any history:
// what is judged here has one reading only, the same as Git's, or it is an error that says why
// (kBadSignedObject, kSeveralSignatures). Values; pure; thread safe; cost is linear in the bytes.
//
// Refused: NUL anywhere; a header missing, repeated or out of order (tree, parent…, author,
// committer, then others in any order, `mergetag` alone may repeat); text that is not UTF-8 or
// declares another encoding; names, addresses, times and ids not in Git's own form; more than one
// signature, or one of another hash algorithm than the repository's; control characters in names.
//
// The payload is what Git 2.39 gives to gpg or ssh-keygen: for a commit all bytes but the signature
// header (commit.c, parse_buffer_signed_by_header); for a tag the bytes before the armour
// (gpg-interface.c, parse_signed_buffer).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "core/trust/signature/signature_errors.h"
#include "model/git.h"

namespace plumb::trust {

enum class ObjectFormat { sha1, sha256 };  // extensions.objectFormat of the repository

[[nodiscard]] ObjectFormat format_of(const CommitId& commit);  // by the length of the id

// Who and when, as the author wrote it: proves nothing.
struct Identity {
  std::string name;
  std::string mail;
  WallTime when{};
  int offset_minutes = 0;  // east of UTC

  [[nodiscard]] std::string display() const;  // "Name <mail>"; not escaped
  friend bool operator==(const Identity&, const Identity&) = default;
};

// "Reviewed-by: someone", from the last paragraph of a message. Folded lines are joined by a space.
struct Trailer {
  std::string token;  // as written; compare without case, as Git does
  std::string value;

  friend bool operator==(const Trailer&, const Trailer&) = default;
};

struct CommitObject {
  ObjectId tree;
  std::vector<CommitId> parents;  // no two the same
  Identity author;
  Identity committer;
  std::string message;
  std::vector<Trailer> trailers;
  std::optional<std::string> signature;  // armour, ends with LF as stored
  std::string payload;                   // the bytes that the signature is of
};

struct TagObject {
  ObjectId object;
  std::string type;  // of the object: "commit", "tree", "blob" or "tag"
  std::string name;  // "v1.2.3", without refs/tags/
  Identity tagger;
  std::string message;
  std::optional<std::string> signature;
  std::string payload;
};

[[nodiscard]] Result<CommitObject> parse_commit(std::string_view bytes, ObjectFormat format);
[[nodiscard]] Result<TagObject> parse_tag(std::string_view bytes, ObjectFormat format);

// The trailers of a message: its last paragraph, if it is not the first and all its lines are
// trailers or continue one. (`git interpret-trailers --parse` also takes paragraphs that are
// trailers in part: not so here.)
[[nodiscard]] std::vector<Trailer> parse_trailers(std::string_view message);

}  // namespace plumb::trust
