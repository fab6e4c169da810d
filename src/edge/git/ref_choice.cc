#include "edge/git/ref_choice.h"

#include <algorithm>

#include "base/text.h"
#include "lang/semver/semver.h"

namespace plumb {
namespace {

constexpr std::string_view kHeads = "refs/heads/";
constexpr std::string_view kTags = "refs/tags/";
constexpr size_t kMaxNear = 10;

// The full name a selector names, "" when it names none (a version range, a commit, HEAD).
std::string exact_name(const RefSelector& selector) {
  if (!selector.commit.empty()) {
    return selector.branch.empty() ? "" : std::string(kHeads) + selector.branch;
  }
  if (!selector.name.empty()) return selector.name;
  if (!selector.semver.empty()) return "";
  if (!selector.tag.empty()) return std::string(kTags) + selector.tag;
  if (!selector.branch.empty()) return std::string(kHeads) + selector.branch;
  return "";
}

bool wants_version(const RefSelector& selector) {
  return selector.commit.empty() && selector.name.empty() && !selector.semver.empty();
}

// For people: 'branch "main"'.
std::string describe(const RefSelector& selector) {
  if (wants_version(selector)) return "tag in the range \"" + selector.semver + "\"";
  const std::string name = exact_name(selector);
  if (name.starts_with(kHeads)) return "branch \"" + name.substr(kHeads.size()) + "\"";
  if (name.starts_with(kTags)) return "tag \"" + name.substr(kTags.size()) + "\"";
  return name.empty() ? "HEAD" : "ref \"" + name + "\"";
}

ChosenRef chosen(const RemoteRef& ref, RefName name) {
  const bool moves = name.str().starts_with(kHeads) || name.str() == "HEAD";
  return {std::move(name), ref.id, ref.peeled.value_or(ref.id), moves};
}

Error missing(const RefSelector& selector) {
  return Error(kRefNotFound, "the repository has no " + escape_terminal(describe(selector)));
}

Result<ChosenRef> choose_head(const RefSelector& selector, const std::vector<RemoteRef>& refs) {
  for (const RemoteRef& ref : refs) {
    if (ref.name.str() == "HEAD") return chosen(ref, ref.links_to.value_or(ref.name));
  }
  return missing(selector);
}

Result<ChosenRef> choose_version(const RefSelector& selector, const std::vector<RemoteRef>& refs) {
  const semver::Constraint range = TRY(semver::Constraint::parse(selector.semver));
  const RemoteRef* best = nullptr;
  std::optional<semver::Version> best_version;
  for (const RemoteRef& ref : refs) {
    if (!ref.name.str().starts_with(kTags)) continue;
    Result<semver::Version> version = semver::Version::parse(ref.name.str().substr(kTags.size()));
    if (!version || !range.matches(*version)) continue;
    // Equal versions ("1.0.0" and "v1.0.0"): the name decides, so that every poll chooses alike.
    const bool better = best == nullptr || *version > *best_version ||
                        (*version == *best_version && ref.name > best->name);
    if (better) {
      best = &ref;
      best_version = *std::move(version);
    }
  }
  if (best == nullptr) return missing(selector);
  return chosen(*best, best->name);
}

std::string short_name(const std::string& name) {
  for (const std::string_view prefix : {kHeads, kTags}) {
    if (name.starts_with(prefix)) return name.substr(prefix.size());
  }
  return name;
}

size_t common_prefix(std::string_view a, std::string_view b) {
  return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first -
                             a.begin());
}

// Short names of refs like the wanted one, the nearest first.
std::vector<std::string> near_names(const std::string& wanted, std::string_view prefix,
                                    const std::vector<RemoteRef>& all) {
  std::vector<std::string> names;
  for (const RemoteRef& ref : all) {
    if (ref.name.str().starts_with(prefix)) names.push_back(short_name(ref.name.str()));
  }
  const std::string best = names.size() <= 1000 ? nearest(wanted, names) : "";
  std::sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    if ((a == best) != (b == best)) return a == best;
    const size_t like_a = common_prefix(a, wanted), like_b = common_prefix(b, wanted);
    return like_a != like_b ? like_a > like_b : a < b;
  });
  if (names.size() > kMaxNear) names.resize(kMaxNear);
  return names;
}

}  // namespace

Result<std::vector<std::string>> ref_prefixes(const RefSelector& selector) {
  if (!selector.commit.empty()) TRY(parse_commit_id(selector.commit));
  if (wants_version(selector)) {
    TRY(semver::Constraint::parse(selector.semver));
    return std::vector<std::string>{std::string(kTags)};
  }
  const std::string name = exact_name(selector);
  if (name.empty()) return std::vector<std::string>{"HEAD"};
  const RefName checked = TRY(parse_ref_name(name));
  if (!name.starts_with("refs/")) {
    return Error(kBadRef, "\"" + escape_terminal(name) + "\" is not a full ref name")
        .with_help("write refs/heads/" + escape_terminal(name) + " or refs/tags/" +
                   escape_terminal(name));
  }
  return std::vector<std::string>{checked.str()};
}

Result<ChosenRef> choose_ref(const RefSelector& selector, const std::vector<RemoteRef>& refs) {
  if (wants_version(selector)) return choose_version(selector, refs);
  const std::string name = exact_name(selector);
  if (name.empty()) return choose_head(selector, refs);
  for (const RemoteRef& ref : refs) {
    if (ref.name.str() == name) return chosen(ref, ref.name);
  }
  return missing(selector);
}

Error ref_not_found(const RefSelector& selector, const std::string& url,
                    const std::vector<RemoteRef>& all) {
  const std::string name = exact_name(selector);
  const bool tags = wants_version(selector) || name.starts_with(kTags);
  const std::string wanted = wants_version(selector) ? "v" + selector.semver : short_name(name);
  const std::vector<std::string> near = near_names(wanted, tags ? kTags : kHeads, all);
  const Error error(kRefNotFound, url + " has no " + escape_terminal(describe(selector)));
  if (near.empty()) {
    return error.with_help(std::string("the repository has no ") + (tags ? "tags" : "branches") +
                           " at all: push one");
  }
  return error.with_help(std::string("it has the ") + (tags ? "tags " : "branches ") +
                         escape_terminal(join(near, ", ")));
}

}  // namespace plumb
