#include "cmd/cli/text/tree_text.h"

#include <algorithm>
#include <map>
#include <set>

namespace plumb::cli {

namespace {

// A node with the lines of its branch, for a walk without recursion.
struct Pending {
  size_t node;
  std::string prefix;
  bool last;
};

Tone tone_of(HealthStatus status) {
  switch (status) {
    case HealthStatus::current:
      return Tone::good;
    case HealthStatus::failed:
    case HealthStatus::missing:
      return Tone::bad;
    case HealthStatus::in_progress:
    case HealthStatus::terminating:
      return Tone::wait;
    case HealthStatus::unknown:
      return Tone::faint;
  }
  return Tone::plain;
}

std::string node_text(const TreeNode& node, const Style& style) {
  std::string name = node.key.kind + "/" + node.key.name;
  if (!node.key.namespace_.empty()) name += " in " + node.key.namespace_;
  std::string out = safe(name);
  if (node.health.status != HealthStatus::unknown) {
    out += "  " + paint(to_string(node.health.status), tone_of(node.health.status), style);
  }
  if (!node.health.message.empty() && node.health.status != HealthStatus::current) {
    out += "  " + safe(node.health.message);
  }
  return out + "\n";
}

void push_children(std::vector<Pending>& pending, const std::vector<size_t>& children,
                   const std::string& prefix) {
  for (size_t i = children.size(); i-- > 0;) {
    pending.push_back({children[i], prefix, i + 1 == children.size()});
  }
}

}  // namespace

std::vector<std::string> owner_uids_of(const Value& object) {
  std::vector<std::string> out;
  const Value* references = object.find_path({"metadata", "ownerReferences"});
  if (references == nullptr || references->as_list() == nullptr) return out;
  for (const Value& reference : *references->as_list()) {
    std::string uid = reference.string_at({"uid"});
    if (!uid.empty()) out.push_back(std::move(uid));
  }
  return out;
}

Tree grow_tree(std::vector<TreeNode> inventory, std::vector<Owned> owned) {
  Tree tree;
  std::map<std::string, size_t> by_uid;
  const auto add = [&](TreeNode node) {
    if (!node.uid.empty()) by_uid.emplace(node.uid, tree.nodes.size());
    tree.nodes.push_back(std::move(node));
    return tree.nodes.size() - 1;
  };
  for (TreeNode& node : inventory) tree.roots.push_back(add(std::move(node)));
  std::sort(owned.begin(), owned.end(),
            [](const Owned& a, const Owned& b) { return a.node.key < b.node.key; });
  // Owners may stand behind what they own: go round until nothing more finds its owner.
  for (bool grew = true; grew;) {
    grew = false;
    for (Owned& object : owned) {
      if (object.node.uid.empty() || by_uid.contains(object.node.uid)) continue;
      const auto owner = std::find_if(object.owner_uids.begin(), object.owner_uids.end(),
                                      [&](const std::string& uid) { return by_uid.contains(uid); });
      if (owner == object.owner_uids.end()) continue;
      const size_t parent = by_uid.at(*owner);
      const size_t child = add(std::move(object.node));
      object.node.uid.clear();
      tree.nodes[parent].children.push_back(child);
      grew = true;
    }
  }
  return tree;
}

std::string tree_text(const std::string& title, const Tree& tree, const Style& style) {
  const std::string branch = style.glyphs ? "├─ " : "|- ";
  const std::string corner = style.glyphs ? "└─ " : "`- ";
  const std::string bar = style.glyphs ? "│  " : "|  ";
  std::string out = paint(safe(title), Tone::bold, style) + "\n";
  std::vector<Pending> pending;
  push_children(pending, tree.roots, "");
  while (!pending.empty()) {
    const Pending at = pending.back();
    pending.pop_back();
    out += at.prefix + (at.last ? corner : branch) + node_text(tree.nodes[at.node], style);
    push_children(pending, tree.nodes[at.node].children, at.prefix + (at.last ? "   " : bar));
  }
  return out;
}

Value tree_value(const std::string& app, const Tree& tree) {
  List nodes;
  for (const TreeNode& node : tree.nodes) {
    List children;
    for (const size_t child : node.children) children.emplace_back(tree.nodes[child].key.id());
    nodes.push_back(Value::map({{"id", node.key.id()},
                                {"group", node.key.group},
                                {"kind", node.key.kind},
                                {"namespace", node.key.namespace_},
                                {"name", node.key.name},
                                {"health", to_string(node.health.status)},
                                {"message", node.health.message},
                                {"children", Value(std::move(children))}}));
  }
  List roots;
  for (const size_t root : tree.roots) roots.emplace_back(tree.nodes[root].key.id());
  return Value::map({{"version", 1},
                     {"app", app},
                     {"roots", Value(std::move(roots))},
                     {"objects", Value(std::move(nodes))}});
}

}  // namespace plumb::cli
