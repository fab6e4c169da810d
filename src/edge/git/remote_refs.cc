#include "edge/git/remote_refs.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "edge/git/pkt_line.h"

namespace plumb {
namespace {

constexpr size_t kSha1Digits = 40;
constexpr std::string_view kPeeledSuffix = "^{}";
constexpr std::string_view kNoRefs = "capabilities^{}";  // stands in an empty repository's answer

Error malformed(const std::string& what) {
  return Error(kBadGitResponse, "the answer of the Git server is malformed: " + what,
               Retry::transient);
}

Error unsupported() {
  return Error(kUnsupportedObjects, "the repository uses SHA-256 object ids")
      .with_help("use a repository with SHA-1 ids; SHA-256 ones cannot be read yet");
}

Result<ObjectId> parse_id(std::string_view text) {
  const Result<CommitId> id = parse_commit_id(text);
  if (!id) return malformed("\"" + escape_terminal(text.substr(0, 80)) + "\" is no object id");
  if (text.size() != kSha1Digits) return unsupported();
  return ObjectId(id->str());
}

// Gathers refs; "name^{}" lines complete the tag before them.
class Collector {
 public:
  Result<void> add(std::string_view id_text, std::string_view name) {
    ObjectId id = TRY(parse_id(id_text));
    if (name.ends_with(kPeeledSuffix)) {
      name.remove_suffix(kPeeledSuffix.size());
      if (!refs_.empty() && refs_.back().name.str() == name) refs_.back().peeled = std::move(id);
      return {};
    }
    Result<RefName> checked = parse_ref_name(name);
    if (checked) refs_.push_back({*std::move(checked), std::move(id), std::nullopt, std::nullopt});
    return {};
  }
  void link(std::string_view name, std::string_view target) {
    if (Result<RefName> checked = parse_ref_name(target)) {
      links_.insert_or_assign(std::string(name), *std::move(checked));
    }
  }
  [[nodiscard]] std::vector<RemoteRef> finish() && {
    for (RemoteRef& ref : refs_) {
      const auto link = links_.find(ref.name.str());
      if (link != links_.end()) ref.links_to = link->second;
    }
    return std::move(refs_);
  }

 private:
  std::vector<RemoteRef> refs_;
  std::map<std::string, RefName> links_;
};

// "symref=HEAD:refs/heads/main", "object-format=sha256" of versions 0 and 1.
Result<void> read_capabilities(std::string_view text, Collector& refs) {
  for (const std::string& word : split(text, ' ')) {
    if (word.starts_with("symref=")) {
      const size_t colon = word.find(':');
      if (colon != std::string::npos) refs.link(word.substr(7, colon - 7), word.substr(colon + 1));
    }
    if (word.starts_with("object-format=") && word != "object-format=sha1") return unsupported();
  }
  return {};
}

Result<void> read_v0_line(std::string_view line, bool first, Collector& refs) {
  if (first) {
    if (const size_t end = line.find('\0'); end != std::string_view::npos) {
      TRY(read_capabilities(line.substr(end + 1), refs));
      line = line.substr(0, end);
    }
  }
  if (line.starts_with("shallow ")) return {};
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return malformed("a ref has no name");
  if (line.substr(space + 1) == kNoRefs) return {};
  return refs.add(line.substr(0, space), line.substr(space + 1));
}

Result<Advertisement> read_v2(PktReader& lines) {
  bool has_ls_refs = false;
  while (const std::optional<PktLine> line = TRY(lines.next())) {
    if (line->kind != PktLine::Kind::data) break;
    if (line->payload == "ls-refs" || line->payload.starts_with("ls-refs=")) has_ls_refs = true;
    if (line->payload.starts_with("object-format=") && line->payload != "object-format=sha1") {
      return unsupported();
    }
  }
  if (!has_ls_refs) return malformed("it speaks version 2 without ls-refs");
  return Advertisement{.speaks_v2 = true, .refs = {}};
}

}  // namespace

Result<Advertisement> parse_advertisement(std::string_view body) {
  PktReader lines(body);
  Collector refs;
  bool first = true;
  bool ended = false;
  while (const std::optional<PktLine> line = TRY(lines.next())) {
    if (line->kind == PktLine::Kind::flush) {
      // The service line has a flush of its own; after refs it is the end.
      if (!first) {
        ended = true;
        break;
      }
      continue;
    }
    if (line->kind != PktLine::Kind::data) return malformed("an unexpected delimiter");
    if (first && line->payload.starts_with("# service=")) continue;
    if (first && line->payload == "version 2") return read_v2(lines);
    if (first && line->payload == "version 1") continue;
    TRY(read_v0_line(line->payload, first, refs));
    first = false;
  }
  if (!ended) return malformed("it ends before its end");
  return Advertisement{.speaks_v2 = false, .refs = std::move(refs).finish()};
}

Result<std::vector<RemoteRef>> parse_ls_refs(std::string_view body) {
  PktReader lines(body);
  Collector refs;
  while (const std::optional<PktLine> line = TRY(lines.next())) {
    if (line->kind == PktLine::Kind::flush) return std::move(refs).finish();
    if (line->kind != PktLine::Kind::data) return malformed("an unexpected delimiter");
    const std::vector<std::string> words = split(line->payload, ' ');
    if (words.size() < 2) return malformed("a ref has no name");
    if (words[0] == "unborn") continue;
    TRY(refs.add(words[0], words[1]));
    for (size_t i = 2; i < words.size(); ++i) {
      const std::string_view word = words[i];
      if (word.starts_with("symref-target:")) refs.link(words[1], word.substr(14));
      if (word.starts_with("peeled:")) {
        TRY(refs.add(word.substr(7), words[1] + std::string(kPeeledSuffix)));
      }
    }
  }
  return malformed("it ends before its end");
}

Result<std::vector<RemoteRef>> parse_ls_remote(std::string_view text) {
  Collector refs;
  for (const std::string& line : split(text, '\n')) {
    if (line.empty()) continue;
    const size_t tab = line.find('\t');
    if (tab == std::string::npos) return malformed("a line has no tab");
    const std::string_view left = std::string_view(line).substr(0, tab);
    const std::string_view name = std::string_view(line).substr(tab + 1);
    if (left.starts_with("ref: ")) {
      refs.link(name, left.substr(5));
    } else {
      TRY(refs.add(left, name));
    }
  }
  return std::move(refs).finish();
}

std::string ls_refs_request(const std::vector<std::string>& prefixes) {
  std::string out = pkt_line("command=ls-refs") + pkt_line("agent=git/plumb") +
                    pkt_line("object-format=sha1") + kPktDelimiter + pkt_line("peel") +
                    pkt_line("symrefs");
  for (const std::string& prefix : prefixes) out += pkt_line("ref-prefix " + prefix);
  return out + kPktFlush;
}

}  // namespace plumb
