# module(<name> DEPS <lower modules> LIBS <external targets> [TESTING <testing-only library>...])
# One static library per folder. Sources are every *.cc; *_test.cc become <name>_test, so that no
# test can fall out of the build. CONFIGURE_DEPENDS looks for new files at every build.
# A folder `testing/` becomes <name>_testing, which tests link and the binary does not.
function(strata_compile_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
    -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
    # clang sees the deprecated parts of libstdc++ 12's own algorithms as ours.
    $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety -Wno-deprecated-declarations> $<$<BOOL:${WERROR}>:-Werror>)
  if(SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=${SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${target} PUBLIC -fsanitize=${SANITIZE})
  endif()
  target_compile_definitions(${target} PUBLIC $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/src)
endfunction()

# One precompiled header for all tests takes a second off each of their sources. clang goes without, so that
# a missing include cannot hide for long.
function(strata_test_precompile target)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    return()
  endif()
  if(NOT TARGET test_precompiled)
    file(WRITE ${PROJECT_BINARY_DIR}/test_precompiled.cc "")
    add_library(test_precompiled OBJECT ${PROJECT_BINARY_DIR}/test_precompiled.cc)
    strata_compile_options(test_precompiled)
    target_link_libraries(test_precompiled PRIVATE GTest::gmock GTest::gtest)
    # re2's own flags define it for some tests: the header must fit them all.
    target_compile_options(test_precompiled PRIVATE -pthread)
    target_precompile_headers(test_precompiled PRIVATE <algorithm> <filesystem> <functional> <map> <random> <string>
      <thread> <vector> <gmock/gmock.h> <gtest/gtest.h>)
  endif()
  target_compile_options(${target} PRIVATE -pthread)
  target_precompile_headers(${target} REUSE_FROM test_precompiled)
endfunction()

function(module name)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS;TESTING" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  file(GLOB tests CONFIGURE_DEPENDS *_test.cc)
  file(GLOB testing CONFIGURE_DEPENDS testing/*.cc)
  list(REMOVE_ITEM sources ${tests} "")
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC ${ARG_DEPS} ${ARG_LIBS})
    strata_compile_options(${name})
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${name} INTERFACE ${ARG_DEPS} ${ARG_LIBS})
  endif()
  if(testing)
    add_library(${name}_testing STATIC ${testing})
    target_link_libraries(${name}_testing PUBLIC ${name} ${ARG_TESTING} GTest::gmock GTest::gtest)
    strata_compile_options(${name}_testing)
    list(APPEND ARG_TESTING ${name}_testing)
  endif()
  if(tests)
    add_executable(${name}_test ${tests})
    strata_compile_options(${name}_test)
    target_link_libraries(${name}_test PRIVATE ${name} ${ARG_TESTING} GTest::gmock GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE STRATA_TEST_DATA="${PROJECT_SOURCE_DIR}/test")
    strata_test_precompile(${name}_test)
    include(GoogleTest)
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST
      PROPERTIES LABELS unit TIMEOUT 600 ENVIRONMENT "TZ=Asia/Kathmandu")
  endif()
endfunction()
