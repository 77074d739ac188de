// SPDX-License-Identifier: Apache-2.0
package org.wgj.log;

import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.helpers.AbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.LoggingEventAware;

import java.util.List;

/** A logger of one name, which writes through {@link Log}. Safe for use by several threads. */
final class StderrLogger extends AbstractLogger implements LoggingEventAware {
    private static final long serialVersionUID = 1;

    /** More than the number of any level: nothing is logged. */
    static final int OFF = Level.ERROR.toInt() + 1;

    /** The number of the lowest level that is logged, as in {@link Level#toInt}. */
    private volatile int lowest;

    StderrLogger(String name, int lowest) {
        this.name = name;
        this.lowest = lowest;
    }

    void setLowest(int number) {
        lowest = number;
    }

    private boolean isEnabled(Level level) {
        return level.toInt() >= lowest;
    }

    @Override
    public boolean isTraceEnabled() {
        return isEnabled(Level.TRACE);
    }

    @Override
    public boolean isTraceEnabled(Marker marker) {
        return isTraceEnabled();
    }

    @Override
    public boolean isDebugEnabled() {
        return isEnabled(Level.DEBUG);
    }

    @Override
    public boolean isDebugEnabled(Marker marker) {
        return isDebugEnabled();
    }

    @Override
    public boolean isInfoEnabled() {
        return isEnabled(Level.INFO);
    }

    @Override
    public boolean isInfoEnabled(Marker marker) {
        return isInfoEnabled();
    }

    @Override
    public boolean isWarnEnabled() {
        return isEnabled(Level.WARN);
    }

    @Override
    public boolean isWarnEnabled(Marker marker) {
        return isWarnEnabled();
    }

    @Override
    public boolean isErrorEnabled() {
        return isEnabled(Level.ERROR);
    }

    @Override
    public boolean isErrorEnabled(Marker marker) {
        return isErrorEnabled();
    }

    @Override
    protected String getFullyQualifiedCallerName() {
        return null; // no line has the caller's place
    }

    @Override
    protected void handleNormalizedLoggingCall(
            Level level, Marker marker, String pattern, Object[] arguments, Throwable thrown) {
        Log.write(level, name, MessageFormatter.basicArrayFormat(pattern, arguments), thrown);
    }

    @Override
    public void log(LoggingEvent event) {
        List<KeyValuePair> fields = event.getKeyValuePairs();
        Log.write(
                event.getLevel(),
                name,
                MessageFormatter.basicArrayFormat(event.getMessage(), event.getArgumentArray()),
                event.getThrowable(),
                fields == null ? List.of() : fields);
    }
}
