// set_images: another image in the files of a config repository. Only the bytes of the scalars that
// hold it change: comments, layout and the order of keys stay. Pure.
//
// An image is named as the files write it ("reg.example/team/web"), by its last part ("web") where
// that is one image only, by a Flux ImagePolicy, by an alias of Argo CD Image Updater, or by a JSON
// pointer into a file. A tag without a
// digest takes the digest that was there away; a file that keeps it in a field of its own is
// refused (kNotEditable), and so is every part that has no scalar to be written to. Errors:
// edit_errors.h, and those of reading (a file that cannot be parsed is an error, not skipped).
#pragma once

#include <vector>

#include "core/edit/file_edit.h"
#include "core/edit/image.h"
#include "model/source_tree.h"

namespace plumb::edit {

struct SetImageRequest {
  RelPath path;  // a folder, or one file
  std::vector<ImageSetting> settings;
};

// The files that change, by path. None: the images are set already. Not read: symlinks, hidden
// folders, and the templates of Helm charts.
[[nodiscard]] Result<std::vector<FileEdit>> set_images(const SourceTree& tree,
                                                       const SetImageRequest& request,
                                                       Budget& budget);

}  // namespace plumb::edit
