#include "core/render/refused_field.h"

#include <gtest/gtest.h>

#include "core/render/render.h"

namespace plumb {
namespace {

constexpr const char* kDeployment = R"(apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replica: 2
  replicas: "3"
  paused: "true"
  minReadySeconds: "soon"
  template:
    spec:
      containers:
        - name: init
          image: a
        - name: web
          imagePullpolicy: Always
          ports:
            - containerPort: 80
            - containerPort: "81"
          env:
            - name: COLOUR
              value: 7
)";

Manifest manifest() {
  const MemoryTree tree(std::map<std::string, std::string>{{"web.yaml", kDeployment}});
  Budget budget;
  return render(tree, {.path = *RelPath::parse("")}, budget).value().objects.front();
}

struct Told {
  int line;
  std::string help;
  friend bool operator==(const Told&, const Told&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Told& told) {
    return out << told.line << ": " << told.help;
  }
};

Told told(std::string_view field, std::string_view what) {
  const RefusedField found = look_up_refused(manifest(), field, what);
  return {found.position.line, found.help};
}

TEST(RefusedField, AMisspelledNameStandsInItsLineAndHasANeighbour) {
  constexpr const char* kNoField = "there is no such field";
  EXPECT_EQ(told("spec.replica", kNoField), (Told{6, "did you mean replicas?"}));
  EXPECT_EQ(told(R"(spec.template.spec.containers[name="web"].imagePullpolicy)", kNoField),
            (Told{16, "did you mean imagePullPolicy?"}));
  EXPECT_EQ(told("spec.template.spec.containers[0].imag", kNoField),
            (Told{13, "did you mean image?"}));
  EXPECT_EQ(told("spec.nothingLikeIt", kNoField), (Told{5, ""}));
  EXPECT_EQ(told("", kNoField), (Told{1, ""}));
}

TEST(RefusedField, QuotesAreTakenAwayOrPutWhereTheyHelp) {
  constexpr const char* kNumber = "expected a number, found a string";
  EXPECT_EQ(told("spec.replicas", kNumber), (Told{7, "remove the quotes"}));
  EXPECT_EQ(told("spec.minReadySeconds", kNumber), (Told{9, ""}));
  EXPECT_EQ(told("spec.paused", "expected true or false, found a string"),
            (Told{8, "remove the quotes"}));
  EXPECT_EQ(told(R"(spec.template.spec.containers[name="web"].env[name="COLOUR"].value)",
                 "expected a string, found a number"),
            (Told{22, "put the value in quotes"}));
  EXPECT_EQ(told(R"(spec.template.spec.containers[name="web"].ports[1].containerPort)", kNumber),
            (Told{19, "remove the quotes"}));
}

TEST(RefusedField, PathsThatLeadNowhereFindTheirDeepestPart) {
  for (const char* path :
       {"spec.template[", "spec.template.spec.containers[name=]", "spec..[]x", "]",
        "[99999999999999999999]", "spec.template.spec.containers[7].image"}) {
    EXPECT_GE(told(path, "there is no such field").line, 1) << path;
  }
}

}  // namespace
}  // namespace plumb
