// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import java.io.IOException;
import java.util.List;

/** The commands of PreUp, PostUp, PreDown and PostDown. */
final class Hooks {
    private final String interfaceName;
    private final Output output;

    Hooks(String interfaceName, Output output) {
        this.interfaceName = interfaceName;
        this.output = output;
    }

    /**
     * Runs hooks in order until one fails, as {@code wg-quick} does. A failing command within a
     * hook ends the hook (bash -e, pipefail).
     */
    void run(List<String> hooks) throws IOException {
        for (String hook : hooks) {
            runOne(hook, false);
        }
    }

    private void runOne(String hook, boolean newSession) throws IOException {
        String command = hook.replace("%i", interfaceName);
        output.step(command);
        List<String> words = shell(command);
        ProcessBuilder builder =
                new ProcessBuilder(newSession ? Programs.inNewSession(words) : words);
        builder.environment().put("LC_ALL", "C");
        int exit = Programs.runVisibly(builder.redirectInput(ProcessBuilder.Redirect.INHERIT));
        if (exit != 0) {
            throw new IOException(
                    "the hook failed with exit code "
                            + exit
                            + ": "
                            + command
                            + MissingCapability.advice(command, exit, interfaceName));
        }
    }

    /**
     * Runs all hooks even if some fail, in sessions of their own since they undo. Returns whether
     * all succeeded.
     */
    boolean runAll(List<String> hooks) {
        boolean well = true;
        for (String hook : hooks) {
            try {
                runOne(hook, true);
            } catch (IOException e) {
                output.warn(e.getMessage());
                well = false;
            }
        }
        return well;
    }

    private static List<String> shell(String command) throws IOException {
        if (Programs.has("bash")) {
            return List.of("bash", "-e", "-o", "pipefail", "-O", "extglob", "-c", command);
        }
        if (Programs.has("sh")) {
            return List.of("sh", "-e", "-c", command);
        }
        throw new IOException(
                "there is neither bash nor sh to run the hook with: remove it from the"
                        + " configuration or install a shell: "
                        + command);
    }
}
