# plumb_library(NAME [DEPS ...]): the static library of one folder: every *.cc there but
# *_test.cc. Where the
# folder has *_test.cc files they become one GoogleTest binary and one ctest entry named NAME.
# Headers are included from the root of src/, so that the include line names the layer.
function(plumb_library name)
  cmake_parse_arguments(ARG "" "" "DEPS;TEST_DEPS" ${ARGN})
  file(GLOB all CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(sources ${all})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  set(tests ${all})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  if(sources)
    add_library(plumb_${name} STATIC ${sources})
    target_include_directories(plumb_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(plumb_${name} PUBLIC ${ARG_DEPS} PRIVATE plumb_warnings)
  else()
    add_library(plumb_${name} INTERFACE)
    target_include_directories(plumb_${name} INTERFACE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(plumb_${name} INTERFACE ${ARG_DEPS})
  endif()
  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE
      plumb_${name} ${ARG_TEST_DEPS} plumb_warnings GTest::gmock GTest::gtest_main)
    add_test(NAME ${name} COMMAND ${name}_test)
    set_tests_properties(${name} PROPERTIES
      ENVIRONMENT "PLUMB_SOURCE_DIR=${PROJECT_SOURCE_DIR}" TIMEOUT 300)
  endif()
endfunction()

# plumb_program(NAME [DEPS ...]): one executable from every *.cc of the folder. Beside it stands the
# linker's map, NAME.map: what was linked into it, and for whose sake (tests/ci reads it).
function(plumb_program name)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  add_executable(${name} ${sources})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} plumb_warnings)
  target_link_options(${name} PRIVATE LINKER:-Map=$<TARGET_FILE:${name}>.map)
endfunction()
