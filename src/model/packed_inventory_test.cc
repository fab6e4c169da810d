#include "model/packed_inventory.h"

#include <gtest/gtest.h>

#include <random>

namespace plumb {
namespace {

InventoryEntry entry(ObjectKey key, std::string version, std::string uid = {}) {
  InventoryEntry out{std::move(key), std::move(version), std::nullopt};
  if (!uid.empty()) {
    // Some have the same fields, as in life.
    const size_t fields = out.key.name.size() % 3;
    out.applied =
        ApplyRecord{std::move(uid), fingerprint("d" + out.key.name),
                    fingerprint("s" + std::to_string(fields)), fingerprint("p" + out.key.name)};
  }
  return out;
}

TEST(PackedInventory, UnpacksToWhatWasPacked) {
  const Inventory before({
      entry({"apps", "Deployment", "prod", "web"}, "v1", "0a1b2c3d-0000-4000-8000-00000000000f"),
      entry({"", "Namespace", "", "prod"}, "v1"),
      entry({"", "ConfigMap", "prod", std::string(253, 'x')}, "v1", "not-a-uuid"),
      entry({"", "ConfigMap", "prod", "a"}, "v1", "0A1B2C3D-0000-4000-8000-00000000000F"),
      entry({"", "ConfigMap", "test", "a"}, "v1", std::string(300, 'u')),
  });
  const PackedInventory packed(before);
  EXPECT_EQ(packed.size(), 5u);
  EXPECT_EQ(packed.unpack(), before);
  const Inventory there(before.entries(), {"0a1b2c3d", "https://10.0.0.1"});
  EXPECT_EQ(PackedInventory(there).unpack(), there);
  const Inventory nothing_there({}, there.cluster());
  EXPECT_EQ(PackedInventory(nothing_there).unpack(), nothing_there);
  EXPECT_TRUE(PackedInventory(nothing_there).empty());
  EXPECT_TRUE(PackedInventory(Inventory()).empty());
  EXPECT_EQ(PackedInventory().unpack(), Inventory());
}

TEST(PackedInventory, RandomOnesToo) {
  std::mt19937 random(1);
  const auto word = [&random] { return std::string(random() % 200, static_cast<char>(random())); };
  for (int round = 0; round < 200; ++round) {
    std::vector<InventoryEntry> entries;
    for (size_t i = random() % 30; i > 0; --i) {
      entries.push_back(entry({random() % 2 ? "apps" : word(), random() % 2 ? "Service" : word(),
                               random() % 2 ? "ns" : "", word() + std::to_string(i)},
                              random() % 2 ? "v1" : "v2", random() % 3 ? word() : ""));
    }
    const Inventory before(std::move(entries));
    ASSERT_EQ(PackedInventory(before).unpack(), before);
  }
}

TEST(PackedInventory, TakesLittle) {
  std::vector<InventoryEntry> entries;
  for (int i = 0; i < 100; ++i) {
    entries.push_back(entry({"", "ConfigMap", "prod", "app-" + std::to_string(1000 + i)}, "v1",
                            "0a1b2c3d-0000-4000-8000-00000000000f"));
  }
  EXPECT_LT(PackedInventory(Inventory(std::move(entries))).packed_bytes(), 100u * 54);
}

}  // namespace
}  // namespace plumb
