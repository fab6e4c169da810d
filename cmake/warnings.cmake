# Warnings are errors for every target of the project.
add_library(plumb_warnings INTERFACE)
target_compile_options(plumb_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wswitch-enum -Wundef -Wunused-result -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(plumb_warnings INTERFACE
    # libstdc++ 12's own std::stable_sort uses a function it marks deprecated.
    -Wno-deprecated-declarations
    -Wthread-safety -Wdangling -Wdangling-gsl -Wreturn-stack-address -Wsuggest-override)
else()
  # -Wno-restrict: g++ 12 reports std::string operator+ (GCC bug 105651).
  target_compile_options(plumb_warnings INTERFACE -Wsuggest-override -Wno-restrict)
endif()
