#include "core/render/kustomize/build.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>

#include "base/text.h"
#include "core/render/kustomize/content_hash.h"
#include "core/render/kustomize/order.h"
#include "core/render/kustomize/plugins.h"
#include "core/render/kustomize/references.h"
#include "core/render/kustomize/replacements.h"
#include "core/render/kustomize/resource_text.h"
#include "core/render/kustomize/transform.h"
#include "core/render/kustomize/vars.h"
#include "lang/yaml/folded.h"
#include "lang/yaml/yaml.h"

namespace plumb::rendering::kustomize {
namespace {

constexpr std::string_view kLocalConfig = "config.kubernetes.io/local-config";

// A kustomization that is being built.
struct Target {
  Loader loader;
  Kustomization kustomization;
  std::optional<BuildOrigin> origin;  // of its folder; only where origins are noted

  // Of what its own file asks for.
  [[nodiscard]] BuildOrigin of_file() const {
    const std::string& file = kustomization.file();
    const size_t name = file.find_last_of("/:") + 1;  // "…@1f2e3d4c5b6a:kustomization.yaml"
    return appended(origin.value_or(BuildOrigin()), file.substr(name));
  }
  // Of what this field of its file, or that plugin, makes or changes.
  [[nodiscard]] BuildOrigin made_by(BuildOrigin maker) const {
    const BuildOrigin file = of_file();
    maker.repository = file.repository;
    maker.ref = file.ref;
    maker.configured_in = file.path;
    return maker;
  }
};

using SharedConfig = std::shared_ptr<const TransformerConfig>;

struct Accumulated {
  Resources resources = {};
  SharedConfig config = nullptr;  // none: empty
  Vars vars = {};
};

const SharedConfig& shared_default_config() {
  static const SharedConfig kConfig = [] {
    TransformerConfig merged;
    const Result<void> done = merge_config(merged, default_config());
    return std::make_shared<const TransformerConfig>(done ? merged : default_config());
  }();
  return kConfig;
}

// Merging the defaults into nothing, or into themselves, gives the defaults.
Result<void> add_config(SharedConfig& to, const SharedConfig& more) {
  const bool is_default = more == shared_default_config();
  if (more == nullptr || (is_default && to == more)) return {};
  if (is_default && to == nullptr) {
    to = more;
    return {};
  }
  TransformerConfig merged = to == nullptr ? TransformerConfig() : *to;
  TRY(merge_config(merged, *more));
  to = std::make_shared<const TransformerConfig>(std::move(merged));
  return {};
}

Result<void> check_unique(const Resources& resources) {
  std::unordered_map<std::string, const Resource*> seen;
  for (const Resource& resource : resources) {
    const ResourceId id = resource.id();
    const auto [there, added] = seen.emplace(id.key(), &resource);
    if (added) continue;
    const Position other = there->second->origin.position();
    return Error(kIdConflict, id.display() + " is there already, from " + to_string(other))
        .at(resource.origin.position())
        .with_help("list it once, or change it with a patch");
  }
  return {};
}

void drop_empty(Resources& resources) {
  std::erase_if(resources, [](const Resource& resource) {
    const Map* const map = resource.value.as_map();
    return map == nullptr || map->empty();
  });
}

Resources without_validated_by(const Resources& resources) {
  Resources out = resources;
  for (Resource& resource : out) {
    if (!resource.value.erase_path({"metadata", "labels", "validated-by"})) continue;
    const Value* const labels = resource.value.find_path({"metadata", "labels"});
    if (labels->as_map()->empty()) resource.value.erase_path({"metadata", "labels"});
  }
  return out;
}

bool same_values(const Resources& a, const Resources& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Resource& x, const Resource& y) { return x.value == y.value; });
}

class Build {
 public:
  Build(const SourceTree& tree, Budget& budget) : tree_(tree), budget_(budget) {}

  Result<Resources> run(const RelPath& folder, const Overlay& overlay);
  Result<Resources> run_loose(const RelPath& folder, LooseResources resources,
                              const Overlay& overlay);

 private:
  Result<Resources> run(const Target& target, Accumulated into);
  Result<Accumulated> accumulate(const Target& target, Accumulated into);
  Result<void> configure(const Target& target, SharedConfig& config);
  Result<void> add_paths(const Target& target, std::string_view field,
                         const std::vector<std::string>& paths, Accumulated& to);
  Result<void> add_file(const Target& target, const std::string& path, const Position& where,
                        Resources& to);
  Result<void> add_folder(const Target& target, const std::string& path, const Position& where,
                          Accumulated& to);
  Result<void> add_components(const Target& target, Accumulated& to);
  void note_kind(const Resource& resource);
  Result<Target> open(const Target& from, const std::string& path, const Position& where);
  Result<void> use_schema(const Target& target);
  Result<void> run_generators(const Target& target, Accumulated& to);
  Result<void> run_transformers(const Target& target, Accumulated& to);
  Result<void> run_validators(const Target& target, Accumulated& to);
  Result<Resources> plugins(const Target& target, std::string_view field);
  Result<void> run_one(const Transformer& transformer, const Target& target,
                       Resources& resources) const;
  Result<void> finish(const Target& target, Accumulated& all);
  Result<void> sort(const Target& target, Resources& resources) const;
  void clean(Resources& resources) const;

  [[nodiscard]] bool wants(std::string_view metadata) const {
    return std::find(metadata_.begin(), metadata_.end(), metadata) != metadata_.end();
  }
  PluginContext context(const Target& target) { return {target.loader, schemas_, texts_, budget_}; }

  const SourceTree& tree_;
  Budget& budget_;
  SpecTexts texts_;
  Schemas schemas_;
  bool schema_is_set_ = false;
  bool has_merged_ = false;  // whether there were merges, and
  bool has_unknown_kinds_ =
      false;  // objects of kinds that are not built in, before a schema was set
  std::optional<CustomSchema> custom_;
  std::set<std::pair<std::string, int>> loose_;  // files and documents of loose resources
  std::vector<std::string> metadata_;            // buildMetadata of the first kustomization
  std::set<RemoteBase> repositories_;            // others than the one it began in
};

// From one folder of the tree to another, as a kustomization would write it.
std::string relative_path(const RelPath& from, const RelPath& to) {
  std::string out;
  for (size_t i = 0; i < from.parts().size(); ++i) out += "../";
  return out + to.str();
}

Result<Resources> Build::run_loose(const RelPath& folder, LooseResources resources,
                                   const Overlay& overlay) {
  const Target target{TRY(Loader::open(tree_, folder)), Kustomization::of(overlay), std::nullopt};
  Accumulated into{.resources = std::move(resources.objects)};
  for (Resource& resource : into.resources) {
    resource.schemas = &schemas_;
    loose_.emplace(resource.origin.file, resource.origin.document);
    note_kind(resource);
  }
  TRY(check_unique(into.resources));
  for (const RelPath& base : resources.folders) {
    TRY(add_folder(target, relative_path(folder, base), {base.str(), 0, 0}, into));
    TRY(check_unique(into.resources));
  }
  return run(target, std::move(into));
}

Result<Resources> Build::run(const RelPath& folder, const Overlay& overlay) {
  Loader loader = TRY(Loader::open(tree_, folder));
  Kustomization kustomization = TRY(Kustomization::load(loader, budget_, overlay));
  metadata_ = kustomization.texts("buildMetadata");
  Target target{std::move(loader), std::move(kustomization), std::nullopt};
  if (!metadata_.empty()) target.origin.emplace();
  TRY(use_schema(target));
  return run(target, {});
}

Result<Resources> Build::run(const Target& target, Accumulated into) {
  Accumulated all = TRY(accumulate(target, std::move(into)));
  TRY(finish(target, all));
  // What a schema says is no longer asked; it ends with this build.
  for (Resource& resource : all.resources) resource.schemas = nullptr;
  return std::move(all.resources);
}

Result<Accumulated> Build::accumulate(const Target& target, Accumulated into) {
  const Kustomization& kustomization = target.kustomization;
  TRY(budget_.check_depth(target.loader.depth()));
  TRY(add_paths(target, "resources", kustomization.texts("resources"), into));
  TRY(configure(target, into.config));
  TRY(run_generators(target, into));
  TRY(add_components(target, into));
  TRY(run_transformers(target, into));
  TRY(run_validators(target, into));
  const Result<void> added = into.vars.add(kustomization.items("vars"), into.resources);
  if (!added) return added.error().at(kustomization.position({"vars"}));
  return into;
}

Result<void> Build::configure(const Target& target, SharedConfig& config) {
  const Kustomization& kustomization = target.kustomization;
  const auto at = [&](const char* field, const Result<void>& done) -> Result<void> {
    if (done || done.error().position()) return done;
    return done.error().at(kustomization.position({field}));
  };
  SharedConfig own = shared_default_config();
  if (kustomization.has("configurations")) {
    TransformerConfig merged = default_config();
    const TransformerConfig more =
        TRY(read_configurations(kustomization, target.loader, texts_, budget_));
    TRY(at("configurations", merge_config(merged, more)));
    own = std::make_shared<const TransformerConfig>(std::move(merged));
  }
  TRY(at("configurations", add_config(config, own)));
  if (!kustomization.has("crds")) return {};
  return at("crds", add_config(config, std::make_shared<const TransformerConfig>(TRY(read_crds(
                                           kustomization, target.loader, texts_, budget_)))));
}

Result<void> Build::add_paths(const Target& target, std::string_view field,
                              const std::vector<std::string>& paths, Accumulated& to) {
  for (size_t i = 0; i < paths.size(); ++i) {
    const Position where = target.kustomization.position({std::string(field), std::to_string(i)});
    if (target.loader.is_repository(paths[i])) {
      TRY(add_folder(target, paths[i], where, to));
      continue;
    }
    const auto kind = target.loader.kind(paths[i]);
    if (!kind) return kind.error().position() ? kind.error() : kind.error().at(where);
    if (!*kind) {
      return Error(kNoSuchPath, "\"" + escape_terminal(shorten(paths[i])) + "\" does not exist")
          .at(where)
          .with_help("paths start at the folder of the kustomization that names them");
    }
    if (*kind == EntryKind::directory) {
      TRY(add_folder(target, paths[i], where, to));
    } else {
      TRY(add_file(target, paths[i], where, to.resources));
    }
  }
  return check_unique(to.resources);
}

void Build::note_kind(const Resource& resource) {
  const Gvk gvk = resource.gvk();
  has_unknown_kinds_ = has_unknown_kinds_ ||
                       scope_of(builtin_schema(), gvk.api_version(), gvk.kind) == Scope::unknown;
}

Result<void> Build::add_file(const Target& target, const std::string& path, const Position& where,
                             Resources& to) {
  const Result<RelPath> file = target.loader.find(path);
  if (!file) return file.error().position() ? file.error() : file.error().at(where);
  const Result<std::string> text = target.loader.read(*file, budget_);
  if (!text) return text.error().position() ? text.error() : text.error().at(where);
  for (Resource& resource :
       TRY(read_resources(*text, target.loader.name(*file), schemas_, budget_))) {
    if (target.origin) set_origin(resource, appended(*target.origin, path));
    note_kind(resource);
    to.push_back(std::move(resource));
  }
  return {};
}

Result<Target> Build::open(const Target& from, const std::string& path, const Position& where) {
  const Result<Loader> loader = from.loader.open_base(path);
  if (!loader) return loader.error().position() ? loader.error() : loader.error().at(where);
  if (loader->repository() && repositories_.insert(*loader->repository()).second) {
    const Result<void> spent = budget_.spend_repositories();
    if (!spent) return spent.error().at(where);
  }
  Result<Kustomization> kustomization = Kustomization::load(*loader, budget_);
  if (!kustomization) {
    const Error& error = kustomization.error();
    return error.position() ? error : error.at(where);
  }
  Target out{*loader, *std::move(kustomization), std::nullopt};
  if (from.origin) out.origin = appended(*from.origin, path);
  TRY(use_schema(out));
  return out;
}

Result<void> Build::add_folder(const Target& target, const std::string& path, const Position& where,
                               Accumulated& to) {
  const Target base = TRY(open(target, path, where));
  if (base.kustomization.is_component()) {
    return Error(kBadKustomization, "\"" + escape_terminal(shorten(path)) +
                                        "\" is a component, which does not stand under resources")
        .at(where)
        .with_help("list it under components");
  }
  Accumulated made = TRY(accumulate(base, {}));
  std::move(made.resources.begin(), made.resources.end(), std::back_inserter(to.resources));
  TRY(add_config(to.config, made.config));
  const Result<void> added = to.vars.add_all(made.vars);
  if (!added) return added.error().at(where);
  return {};
}

Result<void> Build::add_components(const Target& target, Accumulated& to) {
  const std::vector<std::string> paths = target.kustomization.texts("components");
  for (size_t i = 0; i < paths.size(); ++i) {
    const Position where = target.kustomization.position({"components", std::to_string(i)});
    const Target component = TRY(open(target, paths[i], where));
    if (!component.kustomization.is_component()) {
      return Error(kBadKustomization,
                   "\"" + escape_terminal(shorten(paths[i])) + "\" is not a component")
          .at(where)
          .with_help("list it under resources, or set its kind to Component");
    }
    to = TRY(accumulate(component, std::move(to)));
    TRY(check_unique(to.resources));
  }
  return {};
}

// The first schema that a build meets holds for all of it.
Result<void> Build::use_schema(const Target& target) {
  const Kustomization& kustomization = target.kustomization;
  if (schema_is_set_ || !kustomization.has("openapi")) return {};
  const Value& openapi = *kustomization.find("openapi");
  const Position where = kustomization.position({"openapi"});
  const std::string version = openapi.string_at({"version"});
  const Value* const path = openapi.find("path");
  if (path == nullptr) {
    if (version.empty()) return {};
    schema_is_set_ = true;
    if (version == "v1.21.2") return {};
    return Error(kBadKustomization, "openapi.version has to be v1.21.2").at(where);
  }
  if (openapi.find("version") != nullptr) {
    return Error(kBadKustomization, "openapi has a version or a path, not both").at(where);
  }
  const Result<RelPath> file = target.loader.find(scalar_text(*path));
  if (!file) return file.error().at(where);
  const Result<std::string> text = target.loader.read(*file, budget_);
  if (!text) return text.error().position() ? text.error() : text.error().at(where);
  const Value swagger = TRY(yaml::parse(*text, target.loader.name(*file), budget_));
  using References = CustomSchema::References;
  const bool is_alone = !has_merged_ && !has_unknown_kinds_;
  custom_.emplace(
      TRY(CustomSchema::make(swagger, target.loader.name(*file),
                             is_alone ? References::own : References::builtin, budget_)));
  schemas_.custom = &custom_->document();
  schemas_.builtin = has_merged_          ? Schemas::Builtin::hidden
                     : has_unknown_kinds_ ? Schemas::Builtin::preferred
                                          : Schemas::Builtin::absent;
  schema_is_set_ = true;
  return {};
}

Result<void> Build::run_generators(const Target& target, Accumulated& to) {
  const Kustomization& kustomization = target.kustomization;
  for (const auto& [field, kind, plugin] :
       {std::tuple("configMapGenerator", Generated::config_map, "ConfigMapGenerator"),
        std::tuple("secretGenerator", Generated::secret, "SecretGenerator")}) {
    const List items = kustomization.items(field);
    for (size_t i = 0; i < items.size(); ++i) {
      const Value arguments =
          with_generator_options(items[i], kustomization.find("generatorOptions"));
      Resource made =
          TRY(generate(kind, arguments, target.loader,
                       kustomization.position({field, std::to_string(i)}), schemas_, budget_));
      if (target.origin && !has_origin(made))
        set_origin(made, target.made_by({.api_version = "builtin", .kind = plugin}));
      TRY(absorb(to.resources, std::move(made)));
    }
  }
  for (const Resource& plugin : TRY(plugins(target, "generators"))) {
    const std::optional<BuildOrigin> origin = origin_by(plugin);
    for (Resource& made : TRY(plugin_generate(plugin, context(target)))) {
      if (origin && !has_origin(made)) set_origin(made, *origin);
      TRY(absorb(to.resources, std::move(made)));
    }
  }
  return {};
}

// Objects that configure plugins: written in place, or in files and folders.
Result<Resources> Build::plugins(const Target& target, std::string_view field) {
  Accumulated all;
  std::vector<std::string> paths;
  for (const std::string& entry : target.kustomization.texts(field)) {
    Result<Resources> inline_objects =
        read_resources(entry, target.kustomization.file(), schemas_, budget_);
    if (!inline_objects) {
      paths.push_back(entry);
      continue;
    }
    for (Resource& resource : *inline_objects) {
      if (target.origin) set_origin(resource, target.of_file());
      resource.origin.line = target.kustomization.position({std::string(field)}).line;
      all.resources.push_back(std::move(resource));
    }
  }
  TRY(add_paths(target, field, paths, all));
  return std::move(all.resources);
}

Result<void> Build::run_one(const Transformer& transformer, const Target& target,
                            Resources& resources) const {
  const Result<void> done = transformer.run(resources);
  if (!done) return done.error().position() ? done.error() : done.error().at(transformer.where);
  if (target.origin && transformer.origin) {
    const bool is_field = transformer.origin->configured_in.empty();
    note_transformation(resources,
                        is_field ? target.made_by(*transformer.origin) : *transformer.origin);
  }
  drop_empty(resources);
  return {};
}

Result<void> Build::run_transformers(const Target& target, Accumulated& to) {
  const PluginContext plugin_context = context(target);
  std::vector<Transformer> all =
      TRY(field_transformers(target.kustomization, *to.config, plugin_context));
  for (const Resource& plugin : TRY(plugins(target, "transformers"))) {
    all.push_back(TRY(plugin_transformer(plugin, plugin_context)));
  }
  has_merged_ = has_merged_ || target.kustomization.has("patches") ||
                target.kustomization.has("patchesStrategicMerge");
  for (const Transformer& transformer : all) {
    TRY(run_one(transformer, target, to.resources));
  }
  return {};
}

Result<void> Build::run_validators(const Target& target, Accumulated& to) {
  const PluginContext plugin_context = context(target);
  for (const Resource& plugin : TRY(plugins(target, "validators"))) {
    const Transformer validator = TRY(plugin_transformer(plugin, plugin_context));
    const Resources before = to.resources;
    TRY(validator.run(to.resources));
    if (same_values(before, without_validated_by(to.resources))) continue;
    return Error(kValidatorChanges, plugin.id().display() + " is a validator and changes objects")
        .at(plugin.origin.position())
        .with_help("list it under transformers");
  }
  return {};
}

Result<void> Build::finish(const Target& target, Accumulated& all) {
  Resources& resources = all.resources;
  add_content_hashes(resources);
  TRY(fix_references(resources, all.config->name_references, budget_));
  const Result<void> replaced = all.vars.replace(resources, all.config->var_references);
  if (!replaced) {
    const Error& error = replaced.error();
    return error.position() ? error : error.at(target.kustomization.position({"vars"}));
  }
  std::erase_if(resources, [this](const Resource& resource) {
    if (loose_.contains({resource.origin.file, resource.origin.document})) return false;
    const Value* const local = resource.value.find_path({"metadata", "annotations", kLocalConfig});
    return local != nullptr && scalar_text(*local) != "false";
  });
  for (const Resource& resource : resources) TRY(check_unfit(resource));
  TRY(check_unique(resources));
  TRY(sort(target, resources));
  if (wants("managedByLabel")) {
    const FieldSpec labels{"", "", "", "metadata/labels", true};
    TRY(set_entries(resources, {{"app.kubernetes.io/managed-by", "kustomize-v5.8.1"}}, {labels}));
  }
  clean(resources);
  return {};
}

Result<void> Build::sort(const Target& target, Resources& resources) const {
  const Value* const options = target.kustomization.find("sortOptions");
  if (options == nullptr || options->is_null()) {
    sort_by_kind(resources, default_kind_order());
    return {};
  }
  const std::string order = options->string_at({"order"});
  const Value* const legacy = options->find("legacySortOptions");
  const bool has_legacy = legacy != nullptr && !legacy->is_null();
  if (order != "fifo" && order != "legacy") {
    return target.kustomization.invalid({"sortOptions", "order"},
                                        "sortOptions.order has to be fifo or legacy");
  }
  if (order == "fifo") {
    if (!has_legacy) return {};
    return target.kustomization.invalid({"sortOptions", "legacySortOptions"},
                                        "legacySortOptions are for the order legacy");
  }
  sort_by_kind(resources, has_legacy ? KindOrder{texts_of(legacy->find("orderFirst")),
                                                 texts_of(legacy->find("orderLast"))}
                                     : default_kind_order());
  return {};
}

// Annotations of the original's own are never printed.
void Build::clean(Resources& resources) const {
  static constexpr std::array<std::string_view, 19> kInternal = {
      "internal.config.kubernetes.io/previousKinds",
      "internal.config.kubernetes.io/previousNames",
      "internal.config.kubernetes.io/prefixes",
      "internal.config.kubernetes.io/suffixes",
      "internal.config.kubernetes.io/previousNamespaces",
      "internal.config.kubernetes.io/allowNameChange",
      "internal.config.kubernetes.io/allowKindChange",
      "internal.config.kubernetes.io/refBy",
      "internal.config.kubernetes.io/generatorBehavior",
      "internal.config.kubernetes.io/needsHashSuffix",
      "internal.config.kubernetes.io/path",
      "internal.config.kubernetes.io/index",
      "internal.config.kubernetes.io/seqindent",
      "internal.config.kubernetes.io/id",
      "internal.config.kubernetes.io/annotations-migration-resource-id",
      "internal.config.kubernetes.io/helm-generated",
      "config.kubernetes.io/path",
      "config.kubernetes.io/index",
      "config.k8s.io/id"};
  const bool origins = wants("originAnnotations");
  const bool transformations = wants("transformerAnnotations");
  for (Resource& resource : resources) {
    resource.value = yaml::rewritten(resource.value);
    if (resource.value.find_path({"metadata", "annotations"}) == nullptr) continue;
    for (const std::string_view name : kInternal) {
      if (resource.value.find_path({"metadata", "annotations", name}) == nullptr) continue;
      resource.value.erase_path({"metadata", "annotations", name});
    }
    if (!origins) resource.value.erase_path({"metadata", "annotations", kOriginAnnotation});
    if (!transformations) {
      resource.value.erase_path({"metadata", "annotations", kTransformationsAnnotation});
    }
    normalise_annotations(resource.value);
  }
}

}  // namespace

Result<std::vector<Resource>> build(const SourceTree& tree, const RelPath& folder, Budget& budget,
                                    const Overlay& overlay) {
  return Build(tree, budget).run(folder, overlay);
}

Result<std::vector<Resource>> build_loose(const SourceTree& tree, const RelPath& folder,
                                          LooseResources resources, Budget& budget,
                                          const Overlay& overlay) {
  return Build(tree, budget).run_loose(folder, std::move(resources), overlay);
}

std::string print(const std::vector<Resource>& resources) {
  std::string out;
  for (const Resource& resource : resources) {
    if (!out.empty()) out += "---\n";
    out += yaml::write(resource.value);
  }
  return out;
}

}  // namespace plumb::rendering::kustomize
