# traincost_embed(<variable> DATA <folder>... INCLUDE <header> FUNCTION <name>)
# Compiles every <folder>/<room>/<id>.json in: <variable> is the generated source, whose FUNCTION
# (declared by INCLUDE) returns them.
function(traincost_embed variable)
  cmake_parse_arguments(ARG "" "INCLUDE;FUNCTION" "DATA" ${ARGN})
  set(globs ${ARG_DATA})
  list(TRANSFORM globs PREPEND ${PROJECT_SOURCE_DIR}/)
  list(TRANSFORM globs APPEND /*/*.json)
  file(GLOB records CONFIGURE_DEPENDS ${globs})
  list(JOIN ARG_DATA "|" folders)
  set(output ${PROJECT_BINARY_DIR}/generated/${variable}.cpp)
  set(script ${PROJECT_SOURCE_DIR}/cmake/embed.cmake)
  add_custom_command(OUTPUT ${output}
      COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR} "-DDATA=${folders}"
              -DINCLUDE=${ARG_INCLUDE} -DFUNCTION=${ARG_FUNCTION} -DOUTPUT=${output} -P ${script}
      DEPENDS ${records} ${script} COMMENT "Embedding ${ARG_DATA}" VERBATIM)
  set(${variable} ${output} PARENT_SCOPE)
endfunction()
