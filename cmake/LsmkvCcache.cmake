# Compiles through ccache where it is installed. Read through
# CMAKE_PROJECT_TOP_LEVEL_INCLUDES by the presets, so that a project that adds
# this one as a folder keeps its own launcher.
find_program(LSMKV_CCACHE ccache)
if(LSMKV_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Without these ccache keeps nothing that uses a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
    ${LSMKV_CCACHE})
  add_compile_options(
    "$<$<COMPILE_LANG_AND_ID:CXX,Clang>:SHELL:-Xclang -fno-pch-timestamp>")
endif()
