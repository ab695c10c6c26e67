# Each deliberate bug (engine/src/util/deliberate_bug.h) and the test that it
# makes fail. The last test fails if a bug is missing here.
foreach(bug IN ITEMS
    tombstone_dropped_too_soon
    range_tombstone_dropped_too_soon
    compaction_forgets_snapshots
    filter_forgets_keys
    dead_values_counted_twice
    value_file_removed_too_soon)
  lsmkv_add_bug_check(BUG ${bug} TEST model_test)
endforeach()

foreach(bug IN ITEMS
    acknowledged_before_sync
    directory_of_current_not_synced
    directory_of_log_not_synced
    directory_of_table_not_synced
    log_removed_before_flush_is_durable
    manifest_not_synced
    older_log_not_synced
    table_not_synced
    value_file_not_synced)
  lsmkv_add_bug_check(BUG ${bug} TEST crash_image_test
                      FILTER "*CrashImageTest*")
endforeach()

foreach(bug IN ITEMS
    block_checksum_ignored
    durable_tail_cut
    iterator_error_is_the_end
    log_checksum_ignored)
  lsmkv_add_bug_check(BUG ${bug} TEST engine_damage_flip_test
                      FILTER "*/Closed0:*/Killed0")
endforeach()
lsmkv_add_bug_check(BUG staged_records_forgotten
                    TEST engine_staged_log_test)
lsmkv_add_bug_check(BUG header_of_reused_log_not_synced
                    TEST engine_reused_log_test)
lsmkv_add_bug_check(BUG closed_log_cut TEST engine_damage_cut_test)
lsmkv_add_bug_check(BUG lost_edits_unnoticed TEST engine_damage_cut_test)
lsmkv_add_bug_check(BUG log_of_another_store_taken
                    TEST engine_damage_misplaced_test)
lsmkv_add_bug_check(BUG published_before_memtable TEST simulation_test)
lsmkv_add_bug_check(BUG failed_sync_retried TEST engine_disk_full_test
                    FILTER "*FailedSyncIsNeverTriedAgain")
lsmkv_add_bug_check(BUG record_follows_torn_one TEST engine_nth_error_test
                    FILTER "*/SmallNoSpaceOnce")
lsmkv_add_bug_check(BUG value_of_another_key_taken TEST value_file_test)
lsmkv_add_bug_check(BUG table_in_doubt_removed TEST engine_disk_full_test
                    FILTER "ManifestInDoubtTest.TableStays*")

get_property(bugs GLOBAL PROPERTY lsmkv_bugs)
add_test(NAME ${LSMKV_TEST_PREFIX}bugs.all_have_a_test
  COMMAND ${CMAKE_CURRENT_LIST_DIR}/check_bug.py
          --covered ${PROJECT_SOURCE_DIR}/engine/src ${bugs})
