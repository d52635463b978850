// What is read of Ingresses and their classes, and what makes one Kong's.
//
// Tables, read by ingress.cpp.
#pragma once

#include <ktel/sdk/job.hpp>

#include <cstdint>

namespace ingress {

namespace sdk = ktel::sdk;

// ---- what is read ----

// Servers from 1.14 to 1.21 show the same objects in both groups, so the old one is asked only
// where the other has none. All reads of one group share one request.
constexpr const char* group = "networking.k8s.io";
constexpr const char* old_group = "extensions";

constexpr const char* class_marks_paths =
    "spec.ingressClassName metadata.annotations['kubernetes.io/ingress.class']";

// Of names only those of classes are read, to tell which are Kong's; none is reported.
constexpr ktel_read reads[] = {
    {.id = "ingresses",
     .verb = KTEL_READ_COUNT,
     .group = group,
     .versions = "v1 *",
     .resource = "ingresses",
     .why = "How many there are; free, for their classes are listed."},
    {.id = "old-ingresses",
     .verb = KTEL_READ_COUNT,
     .flags = KTEL_READ_OPTIONAL,
     .group = old_group,
     .versions = "v1beta1",
     .resource = "ingresses",
     .when = "!ingresses",
     .why = "Ingresses of servers before 1.14; asked for only where no newer ones are found."},
    {.id = "class-marks",
     .verb = KTEL_READ_LIST,
     .group = group,
     .versions = "v1 *",
     .resource = "ingresses",
     .paths = class_marks_paths,
     .why = "Which class each Ingress names, to tell Kong's from others."},
    {.id = "old-class-marks",
     .verb = KTEL_READ_LIST,
     .flags = KTEL_READ_OPTIONAL,
     .group = old_group,
     .versions = "v1beta1",
     .resource = "ingresses",
     .paths = class_marks_paths,
     .when = "!ingresses",
     .why = "The same of servers before 1.14; asked for only where no newer ones are found."},
    // Apart from the classes, so that an Ingress with more writers than a cell holds costs the one
    // field made of them.
    {.id = "writers",
     .verb = KTEL_READ_LIST,
     .group = group,
     .versions = "v1 *",
     .resource = "ingresses",
     .paths = "metadata.managedFields[*].apiVersion metadata.managedFields[*].subresource",
     .why = "Through which versions of the API Ingresses were written."},
    {.id = "ingress-classes",
     .verb = KTEL_READ_LIST,
     .scope = KTEL_CLUSTER,
     .flags = KTEL_READ_OPTIONAL,
     .group = group,
     .versions = "v1 *",
     .resource = "ingressclasses",
     .paths = "metadata.name spec.controller "
              "metadata.annotations['ingressclass.kubernetes.io/is-default-class']",
     .when = "ingresses",
     .why = "Which classes are Kong's, and whether one is the default; asked for only where there "
            "are Ingresses."},
    {.id = "served",
     .verb = KTEL_READ_SERVED,
     .group = group,
     .resource = "ingresses",
     .paths = "group version",
     .why = "Which versions of Ingress can be used."},
    {.id = "old-served",
     .verb = KTEL_READ_SERVED,
     .group = old_group,
     .resource = "ingresses",
     .paths = "group version",
     .why = "Servers up to 1.21 serve the first version of Ingress too."},
};

// For `from`.
constexpr const char* from_counts = "ingresses old-ingresses";
constexpr const char* from_class_marks = "class-marks old-class-marks ingress-classes";

constexpr std::uint32_t served_reads[] = {sdk::index_of(reads, "served"),
                                          sdk::index_of(reads, "old-served")};

// ---- the cells of their rows; reads of one sort have the same paths ----

constexpr const ktel_read& marks_read = reads[sdk::index_of(reads, "class-marks")];
constexpr const ktel_read& writers_read = reads[sdk::index_of(reads, "writers")];
constexpr const ktel_read& classes_read = reads[sdk::index_of(reads, "ingress-classes")];
constexpr const ktel_read& served_read = reads[sdk::index_of(reads, "served")];

constexpr struct {
  std::uint32_t class_name = sdk::path_of(marks_read, "spec.ingressClassName");
  std::uint32_t annotation =
      sdk::path_of(marks_read, "metadata.annotations['kubernetes.io/ingress.class']");
} of_ingress;

constexpr struct {
  std::uint32_t versions = sdk::path_of(writers_read, "metadata.managedFields[*].apiVersion");
  std::uint32_t subresources = sdk::path_of(writers_read, "metadata.managedFields[*].subresource");
} of_writers;

constexpr struct {
  std::uint32_t name = sdk::path_of(classes_read, "metadata.name");
  std::uint32_t controller = sdk::path_of(classes_read, "spec.controller");
  std::uint32_t is_default = sdk::path_of(
      classes_read, "metadata.annotations['ingressclass.kubernetes.io/is-default-class']");
} of_class;

constexpr struct {
  std::uint32_t group = sdk::path_of(served_read, "group");
  std::uint32_t version = sdk::path_of(served_read, "version");
} of_served;

// ---- what is Kong's ----

// Of an IngressClass of any name.
constexpr const char* kongs_controller = "ingress-controllers.konghq.com/kong";

// Which class the controller was told is the value of a variable. In other Pods those are not read;
// the product's own Pod may have it.
constexpr ktel_param params[] = {
    {.name = "ingress_class",
     .type = KTEL_T_TEXT,
     .description = "The class that Kong's controller was told to serve; besides it those count "
                    "whose IngressClass names the controller.",
     .default_text = "kong",
     .env = "CONTROLLER_INGRESS_CLASS"},
};

// ---- what the values mean ----

constexpr ktel_label marks[] = {
    {"class_name", "by spec.ingressClassName"},
    {"annotation", "by the old annotation kubernetes.io/ingress.class"},
    {"default_class", "by neither, and Kong's class is the default"},
};

constexpr ktel_label served_versions[] = {
    {"extensions/v1beta1", "up to Kubernetes 1.21"},
    {"networking.k8s.io/v1beta1", "Kubernetes 1.14 to 1.21"},
    {"networking.k8s.io/v1", "from Kubernetes 1.19 on"},
    {"other", "any other"},
};

constexpr const char* not_told = "unknown";
constexpr ktel_label written_versions[] = {
    {"extensions/v1beta1", "up to Kubernetes 1.21"},
    {"networking.k8s.io/v1beta1", "Kubernetes 1.14 to 1.21"},
    {"networking.k8s.io/v1", "from Kubernetes 1.19 on"},
    {not_told, "none of these is named"},
};

}  // namespace ingress
