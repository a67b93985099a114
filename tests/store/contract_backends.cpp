#include "tests/store/contract.h"
#include "tests/store/sqlite_site.h"

namespace store_test {

INSTANTIATE_TEST_SUITE_P(Store, Contract, testing::Values(sqlite_file(), sqlite_memory()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace store_test
