// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.tunnel.config.QuickConfig;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Checks whether hooks remove firewall rules that they did not add. */
final class HookCheck implements Check {
    private static final Pattern FLUSHES_ALL =
            Pattern.compile(
                    "\\bnft\\s+(-\\S+\\s+)*flush\\s+ruleset\\b"
                            // without a chain, so all chains of the table
                            + "|\\bip6?tables(-nft|-legacy)?(\\s+(-w|-t\\s*\\S+))*"
                            + "\\s+(-F|--flush)(\\s+(-w|-t\\s*\\S+))*\\s*($|[;&|])");

    /** All hooks of a file with their names. */
    static Stream<String> hooks(QuickConfig quick) {
        return Stream.of(
                        named("PreUp", quick.preUp()),
                        named("PostUp", quick.postUp()),
                        named("PreDown", quick.preDown()),
                        named("PostDown", quick.postDown()))
                .flatMap(hooks -> hooks);
    }

    private static Stream<String> named(String name, List<String> hooks) {
        return hooks.stream().map(hook -> name + " = " + hook);
    }

    @Override
    public void judge(Observation seen, Findings findings) {
        for (Subject subject : seen.subjects()) {
            if (subject.config().isEmpty()) {
                continue;
            }
            hooks(subject.config().get().quick())
                    .filter(hook -> FLUSHES_ALL.matcher(hook).find())
                    .forEach(
                            hook ->
                                    findings.about(subject.label(), "hooks")
                                            .warn(
                                                    "\""
                                                            + hook
                                                            + "\" removes every rule of the"
                                                            + " firewall, not just its own",
                                                    "give the rules a table of their own:"
                                                            + " nft delete table inet "
                                                            + subject.name()));
        }
    }
}
