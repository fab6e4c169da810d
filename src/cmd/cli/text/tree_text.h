// The tree of `plumb tree`: objects of an inventory and what belongs to them. Pure.
#pragma once

#include <string>
#include <vector>

#include "cmd/text/output.h"
#include "model/health.h"

namespace plumb::cli {

struct TreeNode {
  ObjectKey key;
  std::string uid;
  Health health;
  std::vector<size_t> children = {};  // indexes of Tree::nodes
};

struct Tree {
  std::vector<TreeNode> nodes;
  std::vector<size_t> roots;  // the inventory's objects
};

// An object of the cluster that may belong to another by metadata.ownerReferences.
struct Owned {
  TreeNode node;
  std::vector<std::string> owner_uids;
};
[[nodiscard]] std::vector<std::string> owner_uids_of(const Value& object);

// `owned` objects without an owner in the tree are left out; each appears once.
[[nodiscard]] Tree grow_tree(std::vector<TreeNode> inventory, std::vector<Owned> owned);

[[nodiscard]] std::string tree_text(const std::string& title, const Tree& tree, const Style& style);
[[nodiscard]] Value tree_value(const std::string& app, const Tree& tree);

}  // namespace plumb::cli
