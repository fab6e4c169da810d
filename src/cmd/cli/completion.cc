#include "cmd/cli/completion.h"

#include <algorithm>
#include <optional>

namespace plumb::cli {

namespace {

// What a flag's value or a command's argument is.
struct Kind {
  const char* name;
  std::vector<std::string> words = {};
  bool files = false;
  CompletedNames names = CompletedNames::none;
};

const std::vector<Kind>& kinds_of_values() {
  static const std::vector<Kind> kKinds = {
      {"--output", {"table", "json", "yaml"}},
      {"--color", {"auto", "always", "never"}},
      {"--kubeconfig", {}, true},
      {"--policy", {}, true},
      {"--repo", {}, true},
      {"--key", {}, true},
      {"--app", {}, false, CompletedNames::apps},
      {"--namespace", {}, false, CompletedNames::namespaces},
  };
  return kKinds;
}

const std::vector<Kind>& kinds_of_arguments() {
  static const std::vector<Kind> kKinds = {
      {"render", {}, true},
      {"diff", {}, true, CompletedNames::apps},
      {"status", {}, false, CompletedNames::apps},
      {"tree", {}, false, CompletedNames::apps},
      {"why", {}, false, CompletedNames::apps_and_repositories},
      {"history", {}, false, CompletedNames::apps},
      {"sync", {}, false, CompletedNames::apps_and_repositories},
      {"rollback", {}, false, CompletedNames::apps},
      {"suspend", {}, false, CompletedNames::apps_and_repositories},
      {"resume", {}, false, CompletedNames::apps_and_repositories},
      {"trust", {"init", "lint", "explain"}},
      {"completion", {"bash", "zsh", "fish"}},
  };
  return kKinds;
}

const Kind* find_kind(const std::vector<Kind>& kinds, const std::string& name) {
  const auto found =
      std::find_if(kinds.begin(), kinds.end(), [&](const Kind& kind) { return name == kind.name; });
  return found == kinds.end() ? nullptr : &*found;
}

bool is_named(const FlagWords& flag, const std::string& name) {
  return std::find(flag.names.begin(), flag.names.end(), name) != flag.names.end();
}

class Walk {
 public:
  explicit Walk(const Grammar& grammar) : grammar_(grammar) {}

  // One whole word.
  void pass(const std::string& word) {
    if (flag_ != nullptr) {
      remember(*flag_, word);
      flag_ = nullptr;
    } else if (word.starts_with('-')) {
      pass_flag(word);
    } else if (verb_ == nullptr) {
      const auto found = std::find_if(grammar_.verbs.begin(), grammar_.verbs.end(),
                                      [&](const VerbWords& verb) { return verb.name == word; });
      if (found != grammar_.verbs.end()) verb_ = &*found;
      lost_ = lost_ || verb_ == nullptr;
    } else {
      arguments_.push_back(word);
    }
  }

  // The last one.
  Completion finish(const std::string& word) {
    out_.begun = word;
    if (flag_ != nullptr) {
      value_of(*flag_);
      return std::move(out_);
    }
    const size_t equals = word.find('=');
    if (word.starts_with("--") && equals != std::string::npos) {
      out_.prefix = word.substr(0, equals + 1);
      out_.begun = word.substr(equals + 1);
      const FlagWords* flag = find_flag(word.substr(0, equals));
      if (flag != nullptr) value_of(*flag);
      return std::move(out_);
    }
    if (word.starts_with('-')) {
      add_flags();
    } else if (lost_) {
      // Nothing is known of what follows a command that there is not.
    } else if (verb_ == nullptr) {
      for (const VerbWords& verb : grammar_.verbs) add(verb.name, verb.help);
    } else {
      argument();
    }
    return std::move(out_);
  }

 private:
  const FlagWords* find_flag(const std::string& name) const {
    for (const auto* flags : {&grammar_.flags, verb_ != nullptr ? &verb_->flags : nullptr}) {
      if (flags == nullptr) continue;
      for (const FlagWords& flag : *flags) {
        if (is_named(flag, name)) return &flag;
      }
    }
    return nullptr;
  }

  void pass_flag(const std::string& word) {
    const size_t equals = word.find('=');
    const FlagWords* flag = find_flag(word.substr(0, equals));
    if (flag == nullptr) return;
    if (!flag->takes_value) {
      if (is_named(*flag, "--all-namespaces")) out_.options.all_namespaces = true;
    } else if (equals == std::string::npos) {
      flag_ = flag;
    } else {
      remember(*flag, word.substr(equals + 1));
    }
  }

  void remember(const FlagWords& flag, const std::string& value) {
    if (is_named(flag, "--namespace")) out_.options.namespace_ = value;
    if (is_named(flag, "--context")) out_.options.context = value;
    if (is_named(flag, "--kubeconfig")) out_.options.kubeconfig = value;
  }

  void add(const std::string& word, const std::string& help) {
    if (word.starts_with(out_.begun)) out_.candidates.push_back({out_.prefix + word, help});
  }

  void add_flags() {
    for (const auto* flags : {verb_ != nullptr ? &verb_->flags : nullptr, &grammar_.flags}) {
      if (flags == nullptr) continue;
      for (const FlagWords& flag : *flags) {
        // The long name alone: nobody needs help to type a short one.
        if (!flag.names.empty()) add(flag.names.back(), flag.help);
      }
    }
  }

  void add_kind(const Kind& kind) {
    for (const std::string& word : kind.words) add(word, "");
    out_.files = kind.files;
    out_.names = kind.names;
  }

  void value_of(const FlagWords& flag) {
    for (const std::string& name : flag.names) {
      if (const Kind* kind = find_kind(kinds_of_values(), name)) add_kind(*kind);
    }
  }

  void argument() {
    if (verb_->name == "trust" && arguments_.size() == 1) {
      out_.files = arguments_.front() == "explain";
    }
    const Kind* kind = find_kind(kinds_of_arguments(), verb_->name);
    if (kind != nullptr && arguments_.empty()) add_kind(*kind);
  }

  const Grammar& grammar_;
  const VerbWords* verb_ = nullptr;
  const FlagWords* flag_ = nullptr;  // its value comes next
  bool lost_ = false;
  std::vector<std::string> arguments_;
  Completion out_;
};

// Readline takes "=" for a word of its own; what follows it is what is completed.
constexpr const char* kBash = R"shell(# bash completion for plumb: source <(plumb completion bash)
_plumb() {
  local i line current=${COMP_WORDS[COMP_CWORD]} words=()
  [[ $current == = ]] && current=
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ ${COMP_WORDS[i]} == = ]] || words+=("${COMP_WORDS[i]}")
  done
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files)
        compopt -o filenames
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
        ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done < <(plumb __complete "${words[@]}" "$current" 2>/dev/null)
}
complete -F _plumb plumb
)shell";

constexpr const char* kZsh = R"shell(#compdef plumb
# zsh completion for plumb: source <(plumb completion zsh), or as _plumb in a folder of $fpath
_plumb() {
  local line files=
  local -a candidates
  for line in "${(@f)$(plumb __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files) files=yes ;;
      *) candidates+=("${${line//:/\\:}/$'\t'/:}") ;;
    esac
  done
  (( $#candidates )) && _describe plumb candidates
  if [[ -n $files ]]; then
    compset -P '--[a-z]*='
    _files
  fi
}
if [[ ${funcstack[1]} == _plumb ]]; then
  _plumb "$@"
else
  compdef _plumb plumb
fi
)shell";

constexpr const char* kFish = R"shell(# fish completion for plumb: plumb completion fish | source
function __plumb_complete
  set -l current (commandline -ct | string unescape)
  for line in (plumb __complete (commandline -opc)[2..] "$current" 2>/dev/null)
    if test "$line" = :files
      __fish_complete_path "$current"
    else
      echo $line
    end
  end
end
complete -c plumb -f -a "(__plumb_complete)"
)shell";

}  // namespace

Completion complete(const Grammar& grammar, std::span<const std::string> words) {
  Walk walk(grammar);
  if (words.empty()) return walk.finish("");
  for (const std::string& word : words.first(words.size() - 1)) walk.pass(word);
  return walk.finish(words.back());
}

std::string completion_script(std::string_view shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  return "";
}

}  // namespace plumb::cli
