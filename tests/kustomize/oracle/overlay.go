package main

import (
	"os"
	"path/filepath"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
)

type app struct {
	Spec struct {
		Images     []types.Image `json:"images"`
		Components []string      `json:"components"`
		Patches    []struct {
			Patch  string `json:"patch"`
			Target *struct {
				Group              string `json:"group"`
				Version            string `json:"version"`
				Kind               string `json:"kind"`
				Name               string `json:"name"`
				Namespace          string `json:"namespace"`
				LabelSelector      string `json:"labelSelector"`
				AnnotationSelector string `json:"annotationSelector"`
			} `json:"target"`
		} `json:"patches"`
	} `json:"spec"`
}

// overlay writes the kustomization of a folder anew: what is there, or else all manifests and kustomizations below it as
// resources; then the patches, components and images of the App (as fluxcd/pkg/kustomize does for a Kustomization).
func overlay(folder, appFile string) error {
	text, err := os.ReadFile(appFile)
	if err != nil {
		return err
	}
	var of app
	if err := yaml.Unmarshal(text, &of); err != nil {
		return err
	}
	file, kustomization, err := kustomizationOf(folder)
	if err != nil {
		return err
	}
	for _, patch := range of.Spec.Patches {
		one := types.Patch{Patch: patch.Patch}
		if target := patch.Target; target != nil {
			one.Target = &types.Selector{LabelSelector: target.LabelSelector, AnnotationSelector: target.AnnotationSelector}
			one.Target.Group, one.Target.Version, one.Target.Kind = target.Group, target.Version, target.Kind
			one.Target.Name, one.Target.Namespace = target.Name, target.Namespace
		}
		kustomization.Patches = append(kustomization.Patches, one)
	}
	kustomization.Components = append(kustomization.Components, of.Spec.Components...)
	for _, image := range of.Spec.Images {
		setImage(kustomization, image)
	}
	written, err := yaml.Marshal(kustomization)
	if err != nil {
		return err
	}
	return os.WriteFile(file, written, 0o600)
}

// setImage: the fields of an image of the same name give way; tag and digest are one.
func setImage(to *types.Kustomization, image types.Image) {
	for i := range to.Images {
		if to.Images[i].Name != image.Name {
			continue
		}
		if image.NewName != "" {
			to.Images[i].NewName = image.NewName
		}
		if image.NewTag != "" || image.Digest != "" {
			to.Images[i].NewTag, to.Images[i].Digest = image.NewTag, image.Digest
		}
		return
	}
	to.Images = append(to.Images, image)
}

func kustomizationOf(folder string) (string, *types.Kustomization, error) {
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		file := filepath.Join(folder, name)
		if text, err := os.ReadFile(file); err == nil {
			out := &types.Kustomization{}
			return file, out, yaml.Unmarshal(text, out)
		}
	}
	out := &types.Kustomization{}
	err := filepath.Walk(folder, func(path string, info os.FileInfo, err error) error {
		if err != nil || path == folder {
			return err
		}
		relative, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		if info.IsDir() {
			for _, name := range konfig.RecognizedKustomizationFileNames() {
				if _, err := os.Stat(filepath.Join(path, name)); err == nil {
					out.Resources = append(out.Resources, relative)
					return filepath.SkipDir
				}
			}
		} else if extension := filepath.Ext(path); extension == ".yaml" || extension == ".yml" {
			out.Resources = append(out.Resources, relative)
		}
		return nil
	})
	return filepath.Join(folder, konfig.DefaultKustomizationFileName()), out, err
}
