// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.lab.Await;
import org.wgj.lab.Machine;

/** The packets that tcpdump has seen on a link since it was opened, as text. */
final class Capture implements AutoCloseable {
    private final Machine machine;
    private final String file;

    private Capture(Machine machine, String file) {
        this.machine = machine;
        this.file = file;
    }

    static Capture open(Machine machine, String link, String filter) {
        String file = "/run/capture-" + System.nanoTime();
        machine.sh(
                "tcpdump -l -n -v -i %s '%s' >%s 2>%s.err & echo $! >%s.pid",
                link, filter, file, file, file);
        Await.until(
                "tcpdump listens",
                () -> machine.run("grep -q 'listening on' " + file + ".err").exit() == 0);
        return new Capture(machine, file);
    }

    String text() {
        return machine.sh("cat " + file);
    }

    /** Waits until something matching this extended regular expression was seen. */
    void await(String expression) {
        try {
            Await.until(
                    expression,
                    () -> machine.run("grep -qE '%s' %s".formatted(expression, file)).exit() == 0);
        } catch (AssertionError e) {
            throw new AssertionError("not seen: " + expression + " in\n" + text(), e);
        }
    }

    @Override
    public void close() {
        machine.sh("kill $(cat %s.pid)", file);
    }
}
