// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Observation.ConfigView;
import org.wgj.doctor.observation.Observation.Subject;

/** Checks whether the file is valid and whether other users can read it. */
final class FileCheck implements Check {
    @Override
    public void judge(Observation seen, Findings findings) {
        for (Subject subject : seen.subjects()) {
            Findings.About about = findings.about(subject.label(), "file");
            ConfigView file = subject.file();
            if (file == null) {
                about.skip("there is no configuration file of " + subject.name());
                continue;
            }
            if (file.error() != null) {
                about.fail(
                        file.error(),
                        file.missing()
                                ? "name the file that you mean, or write it"
                                : "correct the file; none of it was applied");
            } else if (file.config() == null) {
                about.skip(file.path() + " cannot be read: try sudo");
                continue;
            } else if (file.publicKey() == null) {
                about.fail(
                        file.path() + " has no PrivateKey",
                        "(umask 077; wgj genkey > private.key), and put it into [Interface]");
            }
            if (file.openToAll()) {
                about.warn(
                        file.path() + " holds keys, and every user can read it",
                        "chmod 600 " + file.path());
            }
            if (file.error() == null) {
                about.passUnlessFound(
                        "%s, %s%s"
                                .formatted(
                                        file.path(),
                                        peers(file.config().device().peers().size()),
                                        file.ofProxy() ? ", for wgj proxy" : ""));
            }
        }
    }

    private static String peers(int count) {
        return count == 1 ? "1 peer" : count + " peers";
    }
}
