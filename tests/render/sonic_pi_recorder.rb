# Runs Sonic Pi programs without a sound and writes down what they play, as JSON:
#   ruby sonic_pi_recorder.rb PROGRAM...
# for each program a list of [voice, seconds, what sounds, seconds that it sounds, amp, synth].
# Times are fractions as text, so that nothing is rounded. A live loop goes round twice.
require "json"
require "ripper"

class Recorder
  CLASSES = { "c" => 0, "d" => 2, "e" => 4, "f" => 5, "g" => 7, "a" => 9, "b" => 11 }.freeze
  BENT = { "" => 0, "s" => 1, "b" => -1, "f" => -1 }.freeze

  attr_reader :played

  def initialize
    @played = []
    @now = 0r
    @bpm = 60
    @voice = -1
    @defaults = {}
    @sample_defaults = {}
    @synth = :beep
  end

  def use_bpm(bpm) = @bpm = bpm.to_r
  def use_synth(name) = @synth = name
  def use_synth_defaults(**opts) = @defaults = opts
  def use_sample_defaults(**opts) = @sample_defaults = opts
  def sleep(beats) = @now += seconds(beats)

  def play(what, opts = {})
    opts = @defaults.merge(opts)
    [what].flatten.each do |name|
      record(number(name), seconds(opts.fetch(:sustain)), opts[:amp], @synth)
    end
  end

  def sample(name, opts = {}) = record(name, 0r, @sample_defaults.merge(opts)[:amp], nil)

  def in_thread(**_opts)
    outer = [@now, @bpm, @defaults, @sample_defaults, @synth]
    @voice += 1
    yield
    @now, @bpm, @defaults, @sample_defaults, @synth = outer
  end

  def live_loop(_name)
    in_thread { 2.times { yield } }
  end

  def define(name, &block) = define_singleton_method(name, &block)

  private

  def seconds(beats) = beats.to_r * 60 / @bpm

  def record(sounding, length, amp, synth)
    @played << [@voice, @now.to_s, sounding, length.to_s, amp, synth]
  end

  def number(name)
    return name.to_r.to_s if name.is_a?(Numeric)

    letter, bent, octave = name.to_s.match(/\A([a-g])([sbf]?)(-?\d+)\z/).captures
    (CLASSES[letter] + BENT[bent] + 12 * (octave.to_i + 1)).to_r.to_s
  end
end

answers = ARGV.map do |path|
  source = File.read(path, encoding: "UTF-8")
  raise "#{path}: Ruby cannot read it" if Ripper.sexp(source).nil?

  recorder = Recorder.new
  recorder.instance_eval(source, path)
  recorder.played
end
puts JSON.generate(answers)
