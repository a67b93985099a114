#include "tests/store/contract.h"
#include "tests/store/sqlite_site.h"

namespace store_test {

std::vector<Backend> all_backends() {
    return {sqlite_file(), sqlite_memory()};
}

INSTANTIATE_TEST_SUITE_P(Store, Contract, testing::ValuesIn(all_backends()), backend_name);

}  // namespace store_test
