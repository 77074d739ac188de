// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.store;

import org.flywaydb.core.api.logging.Log;
import org.flywaydb.core.api.logging.LogCreator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets Flyway say at each start what it looked at only where someone debugs it. Flyway makes this
 * by its name.
 */
public final class FlywayLog implements LogCreator {
    /** Makes it, for Flyway. */
    public FlywayLog() {}

    @Override
    public Log createLogger(Class<?> ofClass) {
        Logger logger = LoggerFactory.getLogger(ofClass);
        return new Log() {
            @Override
            public void debug(String message) {
                logger.trace(message);
            }

            @Override
            public void info(String message) {
                logger.debug(message);
            }

            @Override
            public void warn(String message) {
                logger.debug(message);
            }

            /** Only for debugging: an error also comes as an exception, which is reported. */
            @Override
            public void error(String message) {
                logger.debug(message);
            }

            @Override
            public void error(String message, Exception e) {
                logger.debug(message, e);
            }

            @Override
            public void notice(String message) {
                logger.debug(message);
            }
        };
    }
}
