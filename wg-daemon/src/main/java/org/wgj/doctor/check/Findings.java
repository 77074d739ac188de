// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.doctor.report.Finding;
import org.wgj.doctor.report.Level;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Collects what checks find. Used by one thread. */
final class Findings {
    static final String HOST = "host";

    private final List<Finding> all = new ArrayList<>();

    List<Finding> all() {
        return Collections.unmodifiableList(all);
    }

    /** Returns the collector of one check for one subject. */
    About about(String subject, String check) {
        return new About(subject, check);
    }

    final class About {
        private final String subject;
        private final String check;

        private About(String subject, String check) {
            this.subject = subject;
            this.check = check;
        }

        void pass(String seen) {
            add(Level.PASS, seen, null);
        }

        void warn(String seen, String fix) {
            add(Level.WARN, seen, fix);
        }

        void fail(String seen, String fix) {
            add(Level.FAIL, seen, fix);
        }

        void skip(String why) {
            add(Level.SKIP, why, null);
        }

        void add(Level level, String seen, String fix) {
            all.add(new Finding(level, subject, check, seen, fix));
        }

        /** Adds a PASS unless the check has already found something about its subject. */
        void passUnlessFound(String seen) {
            boolean found =
                    all.stream()
                            .anyMatch(
                                    finding ->
                                            finding.subject().equals(subject)
                                                    && finding.check().equals(check));
            if (!found) {
                pass(seen);
            }
        }
    }
}
