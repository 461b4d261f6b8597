# traincost_library(<folder> [DEPENDS <room>...] [PARTS <name>...] [HEADERS <file>...]
#                   [SOURCES <file>...] [LINK <target>...])
# The folder as the static library traincost::<its last component>. A part is a header and a source
# of one name, which includes it first, so that to compile the one shows that the other stands alone;
# the target all_verify_interface_header_sets compiles the HEADERS that have no source. LINK names
# what only its sources need; consumers of the installed library do not see it in a header.
# `dev` saves half of its build: it precompiles what every source reads and compiles sources seven at
# a time, so a name of an anonymous namespace is one in its room. `release` does neither, so that the
# includes of each file are shown to suffice.
function(traincost_library folder)
  cmake_parse_arguments(ARG "" "" "DEPENDS;PARTS;HEADERS;SOURCES;LINK" ${ARGN})
  get_filename_component(room ${folder} NAME)
  set(part_headers)
  foreach(part IN LISTS ARG_PARTS)
    list(APPEND part_headers ${folder}/${part}.h)
    list(APPEND ARG_SOURCES ${part}.cpp)
  endforeach()
  list(TRANSFORM ARG_HEADERS PREPEND ${folder}/)
  list(TRANSFORM ARG_SOURCES PREPEND ${folder}/ REGEX "^[^/]")  # generated ones are absolute
  list(TRANSFORM ARG_DEPENDS PREPEND traincost::)

  add_library(traincost_${room} STATIC ${ARG_SOURCES})
  add_library(traincost::${room} ALIAS traincost_${room})
  target_compile_features(traincost_${room} PUBLIC cxx_std_20)
  target_sources(traincost_${room} PUBLIC
      FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${part_headers}
      FILE_SET alone TYPE HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${ARG_HEADERS})
  set_target_properties(traincost_${room} PROPERTIES EXPORT_NAME ${room})
  if(ARG_HEADERS)
    set_target_properties(traincost_${room} PROPERTIES
        VERIFY_INTERFACE_HEADER_SETS ON INTERFACE_HEADER_SETS_TO_VERIFY alone)
  endif()
  target_link_libraries(traincost_${room} PUBLIC ${ARG_DEPENDS})
  if(room STREQUAL base)
    target_precompile_headers(traincost_base PRIVATE <algorithm> <cmath> <functional> <map>
        <optional> <string> <string_view> <vector>)
  elseif(room STREQUAL reports)
    target_precompile_headers(traincost_reports PRIVATE ${PROJECT_SOURCE_DIR}/base/nlohmann.h)
  else()
    target_precompile_headers(traincost_${room} REUSE_FROM traincost_base)
  endif()
  foreach(library IN LISTS ARG_LINK)
    target_link_libraries(traincost_${room} PRIVATE $<BUILD_INTERFACE:${library}>)
  endforeach()
  install(TARGETS traincost_${room} EXPORT traincost-targets
      ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
      FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/traincost
      FILE_SET alone DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/traincost)
endfunction()
