// What annotations of Argo CD Image Updater (v0.16) say of images: an Application names each by an
// alias, and the Helm values or parameters that hold its parts. Pure.
//
//   argocd-image-updater.argoproj.io/image-list: web=reg.example/team/web:1.x
//   argocd-image-updater.argoproj.io/web.helm.image-name: web.image.repository   (image.name)
//   argocd-image-updater.argoproj.io/web.helm.image-tag: web.image.tag           (image.tag)
//   argocd-image-updater.argoproj.io/web.helm.image-spec: web.image              (the whole)
//   argocd-image-updater.argoproj.io/web.kustomize.image-name: web
//
// The values stand in files named values*.yaml or as write-back-target says (helmvalues:FILE); the
// parameters in the Application itself or in the .argocd-source-APP.yaml that is written back.
#pragma once

#include <string>
#include <vector>

#include "core/edit/image_sites.h"
#include "lang/yaml/scalars.h"

namespace plumb::edit {

struct UpdaterImage {
  std::string alias;       // "web"
  std::string repository;  // "reg.example/team/web"
  std::string kustomize;   // the name that a kustomization replaces; "" for none
  std::string name_path = "image.name";
  std::string tag_path = "image.tag";
  std::string spec_path = {};    // the whole reference in one value; then the others do not count
  std::string values_file = {};  // the last part of helmvalues:FILE
};

[[nodiscard]] std::vector<UpdaterImage> find_updater_images(
    const std::vector<yaml::ScalarPlace>& places);

// Gives the sites of a file the aliases, and adds those that only the annotations tell of.
void add_updater_sites(const std::vector<UpdaterImage>& images, const std::string& file,
                       const std::vector<yaml::ScalarPlace>& places, std::vector<ImageSite>& sites);

}  // namespace plumb::edit
