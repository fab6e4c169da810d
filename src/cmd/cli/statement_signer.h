// What a person signs about commits: by ssh-keygen or gpg, with the key that git would sign with,
// and kept as the files of a commit under refs/plumb/.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "edge/git/local_repository.h"

namespace plumb::cli {

struct StatementSigner {
  bool ssh = true;
  std::string key;

  // The armour of a detached signature; for SSH in the namespace `type`. Somebody may have to type
  // a PIN.
  [[nodiscard]] Result<std::string> sign(const std::string& text, const std::string& type) const;
};

// `key`: a private SSH key or an OpenPGP key; "": git's user.signingKey.
[[nodiscard]] Result<StatementSigner> statement_signer(const LocalRepository& repository,
                                                       const std::string& key);

// Beside those statements that the ref has already of which `keeps` says so.
[[nodiscard]] Result<void> keep_statements(
    const LocalRepository& repository, const std::string& ref,
    const std::vector<std::string>& statements,
    const std::function<bool(const std::string& statement)>& keeps);

}  // namespace plumb::cli
