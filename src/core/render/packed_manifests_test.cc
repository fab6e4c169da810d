#include "core/render/packed_manifests.h"

#include <gtest/gtest.h>

#include <random>

#include "core/render/render.h"
#include "lang/json/json.h"

namespace plumb {
namespace {

Manifests rendered(const std::string& text) {
  Budget budget;
  Result<Manifests> out =
      render(MemoryTree({{"web/a.yaml", text}}), {.path = *RelPath::parse("web")}, budget);
  EXPECT_TRUE(out.has_value()) << out.error().render();
  return std::move(out).value();
}

constexpr const char* kTwo = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: prod}
data:
  big: "9007199254740993"
  quotes: "\"\\\u2028<>&"
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations: {"example.org/a": "3:4"}
spec:
  replicas: 3
  half: 0.5
  huge: 9007199254740993
  none: null
  empty: {}
  list: []
)";

TEST(PackedManifests, UnpackToWhatWasPacked) {
  const Manifests before = rendered(kTwo);
  const PackedManifests packed(before);
  EXPECT_EQ(packed.size(), 2u);
  EXPECT_EQ(packed.digest(), before.digest);
  EXPECT_EQ(packed.read_set(), before.read_set);
  const Manifests after = packed.unpack();
  ASSERT_EQ(after.objects.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(after.objects[i].key, before.objects[i].key);
    EXPECT_EQ(after.objects[i].api_version, before.objects[i].api_version);
    EXPECT_EQ(after.objects[i].origin, before.objects[i].origin);
    EXPECT_EQ(json::write(after.objects[i].body), json::write(before.objects[i].body));
    EXPECT_EQ(after.objects[i].lines, nullptr);
  }
  EXPECT_EQ(after.digest, before.digest);
}

TEST(PackedManifests, WarningsStay) {
  Manifests before;
  before.warnings = {{"deprecated: \"x\"", {"a.yaml", 3, 4}}, {"", {}}};
  const Manifests after = PackedManifests(before).unpack();
  ASSERT_EQ(after.warnings.size(), 2u);
  EXPECT_EQ(after.warnings[0].message, before.warnings[0].message);
  EXPECT_EQ(after.warnings[0].position, before.warnings[0].position);
}

TEST(PackedManifests, LinesAreFoundByRenderingAgainOnce) {
  const PackedManifests packed(rendered(kTwo));
  int renders = 0;
  const Manifests after = packed.unpack([&renders]() -> Result<Manifests> {
    ++renders;
    return rendered(kTwo);
  });
  EXPECT_EQ(renders, 0) << "nobody asked yet";
  EXPECT_EQ(after.objects[1].position_of({"spec", "replicas"}).line, 14);
  EXPECT_EQ(after.objects[0].position_of({"data", "big"}).line, 5);
  EXPECT_EQ(renders, 1);
}

TEST(PackedManifests, WithoutARenderTheLineIsThatOfTheDocument) {
  const PackedManifests packed(rendered(kTwo));
  const Manifests failed =
      packed.unpack([]() -> Result<Manifests> { return Error(kInternal, "the store is gone"); });
  EXPECT_EQ(failed.objects[1].position_of({"spec", "replicas"}).line,
            failed.objects[1].origin.line);
  EXPECT_EQ(packed.unpack().objects[1].position_of({"spec"}).line, failed.objects[1].origin.line);
}

// Random bodies: what is sent after unpacking has the bytes of what was rendered, or an app would
// be applied again for nothing.
// NOLINTNEXTLINE(misc-no-recursion): `depth` bounds it
Value random_value(std::mt19937& random, int depth) {
  switch (random() % (depth > 0 ? 8 : 6)) {
    case 0:
      return {};
    case 1:
      return random() % 2 == 0;
    case 2:
      return static_cast<int64_t>((uint64_t{random()} << 32) | random());
    case 3:
      return static_cast<double>(random()) / 1024;
    case 4:
    case 5: {
      std::string text;
      for (size_t i = random() % 12; i > 0; --i) text += static_cast<char>(random() % 128);
      return random() % 4 == 0 ? Value(text + "\u00e9\u2028") : Value(text);
    }
    case 6: {
      List list;
      for (size_t i = random() % 5; i > 0; --i) list.push_back(random_value(random, depth - 1));
      return list;
    }
    default: {
      Value map = Value::map();
      for (size_t i = random() % 5; i > 0; --i) {
        map.set("k" + std::to_string(random() % 100), random_value(random, depth - 1));
      }
      return map;
    }
  }
}

TEST(PackedManifests, RandomBodiesKeepTheirBytes) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    Manifests before;
    for (size_t i = random() % 20; i > 0; --i) {
      Manifest one;
      one.key = {"", "ConfigMap", "ns", "n" + std::to_string(i)};
      one.body = random_value(random, 5);
      before.objects.push_back(std::move(one));
    }
    const Manifests after = PackedManifests(before).unpack();
    ASSERT_EQ(after.objects.size(), before.objects.size());
    for (size_t i = 0; i < after.objects.size(); ++i) {
      ASSERT_EQ(json::write(after.objects[i].body), json::write(before.objects[i].body));
      ASSERT_EQ(after.objects[i].key, before.objects[i].key);
    }
  }
}

TEST(PackedManifests, TakeLittle) {
  std::string text;
  for (int i = 0; i < 100; ++i) {
    text += "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: app-" + std::to_string(i) +
            "}\ndata: {value: \"1\", host: app-" + std::to_string(i) + ".example.org}\n";
  }
  EXPECT_LT(PackedManifests(rendered(text)).packed_bytes(), 100u * 20);
}

}  // namespace
}  // namespace plumb
