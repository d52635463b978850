// All a job written in C++20 includes: the C declarations, their checks at compile time, and `Run`.
//
// A job is static C tables (ktel/abi/job.h) written with designated initialisers, and one function:
//
//   void collect(sdk::Run& run) { ... }
//   constexpr ktel_job jobs[] = {{.name = "acme-pods", ..., .run = sdk::executor<collect>}};
//   KTEL_PLUGIN(.id = "io.acme.pods", .version = "1.0.0", ..., KTEL_JOBS(jobs));
//   static_assert(sdk::check(ktel_descriptor));
#pragma once

#include <ktel/abi/plugin.h>

#include <ktel/sdk/check.hpp>
#include <ktel/sdk/index.hpp>
#include <ktel/sdk/run.hpp>
#include <ktel/sdk/state.hpp>
