// The SDK's example under the fake host of the installed package: without ktel, without a cluster.
#include <ktel/sdk/testing/fake_host.hpp>

#include "example_images.cpp"

int main() {
  sdk::testing::FakeHost host(jobs[0]);
  host.object("pods", {{"spec.containers[0].imagePullPolicy", "Always"},
                       {"spec.containers[1].imagePullPolicy", "Never"}});
  host.object("pods", {});

  const sdk::testing::Outcome seen = host.run();
  const bool forbidden = host.ended("pods", KTEL_E_DENIED).run().fields.empty();

  return seen["pods_count"] == "2" && seen["containers_count"] == "2" && forbidden ? 0 : 1;
}
